"""The floor: NumPy's bare matrix products of the same shapes, into memory that is there already."""

from collections.abc import Callable

import numpy as np
from threadpoolctl import ThreadpoolController

from benchmarks.peers import Unfit
from gradsim.sim.engine.build import Network
from gradsim.sim.numerics.threads import threads

LABEL = "bare products"


def prepare(network: Network) -> Callable[[], object]:
    """Forward, weight gradient and input gradient of every layer; recurrent ones step by step where they must."""
    if network.scenario.reads_image or network.scenario.mixes_steps:
        raise Unfit
    multiply = _through_time(network) if network.scenario.has_state else _through_depth(network)

    if threads() == 1:  # as gradsim leaves the BLAS anyway
        return multiply
    pools = ThreadpoolController()  # to look for them takes a millisecond, so not while the clock runs

    def run() -> None:
        with pools.limit(limits=threads(), user_api="blas"):
            multiply()

    return run


def _through_depth(network: Network) -> Callable[[], object]:
    weights = [layer.parameters["weight"] for layer in network.layers]
    rows = network.input[0]
    depth, shape = len(weights), (len(rows), weights[0].shape[0])
    z, below = np.empty((depth, *shape), np.float32), np.empty((depth, *shape), np.float32)
    grads = [np.empty_like(weight) for weight in weights]
    grad = np.ones(shape, np.float32)

    def run() -> None:
        for index, weight in enumerate(weights):
            np.matmul(rows, weight.T, out=z[index])
        for index, weight in enumerate(weights):
            np.matmul(grad.T, rows, out=grads[index])
            np.matmul(grad, weight, out=below[index])

    return run


def _through_time(network: Network) -> Callable[[], object]:
    own = network.layers[0].parameters
    w_ih, w_hh = own["weight_ih"], own["weight_hh"]
    transposed = np.ascontiguousarray(w_hh.T)
    steps, batch, inputs = network.input.shape
    rows = network.input.reshape(-1, inputs)
    z = np.empty((steps, batch, len(w_hh)), np.float32)
    hidden = np.full((steps, batch, w_hh.shape[1]), 0.5, np.float32)
    grad, below = np.full_like(z, 0.5), np.empty_like(hidden)
    flat, states = grad.reshape(len(rows), -1), hidden.reshape(len(rows), -1)

    def run() -> None:
        np.matmul(rows, w_ih.T)
        for t in range(steps):
            np.matmul(hidden[t], transposed, out=z[t])
        for t in range(steps):
            np.matmul(grad[t], w_hh, out=below[t])
        for product in ((flat.T, rows), (flat.T, states), (flat, w_ih)):
            np.matmul(*product)

    return run
