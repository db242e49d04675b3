"""JAX: one jitted function that scans over the layers or steps, and takes the same statistics.

A 0 added to each hidden state gives the gradient there without a pass of its own.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers import Unfit
from gradsim.sim.engine.build import Network

LABEL = "JAX jit"
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "gelu": lambda u: jax.nn.gelu(u, approximate=False)}
EPS = 1e-5


def prepare(network: Network) -> Callable[[], object]:
    """Forward and backward with statistics of activations, gradients and weight gradients."""
    if network.scenario.reads_image or network.scenario.mixes_steps:
        raise Unfit
    probe, inputs = jnp.asarray(network.head.target), jnp.asarray(network.input)
    if network.scenario.has_state:
        parameters = {key: jnp.asarray(value) for key, value in network.layers[0].parameters.items()}
        hidden = _unroll(network.scenario.network.kind)
        shape = (*inputs.shape[:2], parameters["weight_hh"].shape[1])
        matrices = ("weight_ih", "weight_hh")
    else:
        layers = [layer.parameters for layer in network.layers]
        parameters = {key: jnp.asarray(np.stack([own[key] for own in layers])) for key in layers[0]}
        hidden = _stack(network)
        shape, matrices = (len(layers), *inputs.shape[1:]), ("weight",)

    def loss(parameters: dict[str, Any], nothing: Any, inputs: Any) -> Any:
        last, kept = hidden(parameters, nothing, inputs)
        return (probe * last).sum() / len(probe), kept

    @jax.jit
    def run(parameters: dict[str, Any], inputs: Any) -> Any:
        both = jax.grad(loss, argnums=(0, 1), has_aux=True)
        (weights, grads), kept = both(parameters, jnp.zeros(shape, inputs.dtype), inputs)
        rows = 1 if network.scenario.has_state else len(kept)
        return [statistics(kept), statistics(grads), *(statistics(weights[m].reshape(rows, -1)) for m in matrices)]

    return lambda: jax.block_until_ready(run(parameters, inputs))


def statistics(x: Any) -> Any:
    """Of each row of x (rows, ...): mean, std, rms, max |x|, zeros, non-finite count; (rows, 6)."""
    x = x.reshape(len(x), -1)
    columns = (x.mean(1), x.std(1), jnp.sqrt((x * x).mean(1)), jnp.abs(x).max(1), (x == 0).sum(1),
               (~jnp.isfinite(x)).sum(1))  # fmt: skip
    return jnp.stack(columns, 1)


def _stack(network: Network) -> Callable[..., Any]:
    own = network.scenario.network
    activation, axis = ACTIVATIONS[own.activation.name], {"none": None, "layer": 1, "batch": 0}[own.norm.name]

    def layer(h: Any, inputs: Any) -> Any:
        p, nothing = inputs
        u = h @ p["weight"].T + p["bias"]
        if axis is not None:
            mean = u.mean(axis, keepdims=True)
            u = (u - mean) * jax.lax.rsqrt(((u - mean) ** 2).mean(axis, keepdims=True) + EPS)
            u = u * p["norm.weight"] + p["norm.bias"]
        a = activation(u)
        out = (h + a if own.skip.name == "identity" else a) + nothing
        return out, out

    return lambda parameters, nothing, inputs: jax.lax.scan(layer, inputs[0], (parameters, nothing))


def _unroll(kind: str) -> Callable[..., Any]:
    def run(p: dict[str, Any], nothing: Any, inputs: Any) -> Any:
        products = inputs @ p["weight_ih"].T + p["bias_ih"]

        def step(state: Any, inputs: Any) -> Any:
            (h, c), (z, zero) = state, inputs
            y = h @ p["weight_hh"].T + p["bias_hh"]
            if kind == "rnn":
                h = jnp.tanh(z + y)
            elif kind == "lstm":
                i, f, g, o = jnp.split(z + y, 4, axis=1)
                c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
                h = jax.nn.sigmoid(o) * jnp.tanh(c)
            else:
                (zr, zz, zn), (yr, yz, yn) = jnp.split(z, 3, axis=1), jnp.split(y, 3, axis=1)
                update = jax.nn.sigmoid(zz + yz)
                h = (1 - update) * jnp.tanh(zn + jax.nn.sigmoid(zr + yr) * yn) + update * h
            h = h + zero
            return (h, c), h

        start = jnp.zeros_like(nothing[0])
        (last, _), kept = jax.lax.scan(step, (start, start), (products, nothing))
        return last, kept

    return run
