"""PyTorch with hooks that only keep the arrays: statistics of all layers at once, for the memory of all gradients."""

from collections.abc import Callable

import torch

from benchmarks.peers import Unfit
from benchmarks.peers.torch_modules import linears, loss, recorded, stack, statistics, tensor
from gradsim.sim.engine.build import Network

LABEL = "PyTorch, all kept"


def prepare(network: Network) -> Callable[[], object]:
    """Forward and backward with statistics of activations, gradients and weight gradients."""
    if network.scenario.reads_sequence or network.scenario.reads_image:
        raise Unfit
    model, inputs, head = stack(network), tensor(network.input[0]), loss(network)
    hidden, grads = recorded(model)

    def run() -> object:
        hidden.clear()
        grads.clear()
        model.zero_grad()
        head(model(inputs)).backward()
        weights = [linear.weight.grad for linear in linears(model)]
        return torch.cat([statistics(torch.stack(kept).flatten(1)) for kept in (hidden, grads, weights)]).numpy()

    return run
