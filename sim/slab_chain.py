"""The way through a slab, forward and back: layer by layer only what the next one waits for, the rest all at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .kernel import Array
from .products import multiplier
from .randomness import draws, stream
from .rows import parts
from .statistics import add_row

if TYPE_CHECKING:
    from .slab import Slab

SMALL = 2**12  # numbers in a matrix up to which a copy costs less than it saves


def run(slab: "Slab") -> None:
    """Forward through all layers."""
    choices, own, keep, count = slab.choices, slab.parameters, slab.choices.format.keep, len(slab.layers)
    kept = slab.kept = _room(slab)
    slab.leaks = [np.stack(leaks) for leaks in zip(*_draws(slab), strict=True)]
    hidden, multiply = slab.entered, multiplier(len(slab.entered), *slab.shapes["weight"][::-1])
    matrices = _turned(own["weight"]), own["bias"], kept["preactivation"], kept["branch"]
    vectors = (kept[key].reshape(count, -1) for key in ("argument", "branch"))
    for index, (weight, bias, z, branch, *ends) in enumerate(zip(*matrices, *vectors, strict=True)):
        multiply(hidden, weight, out=z)
        add_row(z, bias)
        keep(z)
        if choices.norm is not None:
            _normalise(slab, index)
        choices.activation.value(*ends, *(slab.given(index) if slab.leaks else choices.activation_parameters))
        keep(branch)
        hidden = _join(slab, index, hidden) if slab.joins else branch


def _turned(weights: Array) -> Array:
    """W^T by layer: of small matrices a copy, since the BLAS takes nearly twice as long to read them across."""
    turned = weights.transpose(0, 2, 1)
    return np.ascontiguousarray(turned) if weights[0].size <= SMALL else turned


def _room(slab: "Slab") -> dict[str, Array]:
    """Arrays for the way forward; two names for one array where nothing lies between."""
    norm, dtype = slab.choices.norm, slab.rows.dtype
    shape = len(slab.layers), len(slab.entered), slab.shapes["weight"][0]
    kept = {"preactivation": np.empty(shape, dtype), "branch": np.empty(shape, dtype)}
    kept |= {"argument": kept["preactivation"], "output": kept["branch"]}
    if norm is not None:
        inverse = norm.inverse_shape(*shape[1:], *slab.choices.norm_parameters)
        kept["inverse"] = np.empty((shape[0], *inverse), dtype)
        kept |= {"argument": np.empty(shape, dtype), "normalised": np.empty(shape, dtype)}
    return kept | ({"output": np.empty(shape, dtype)} if slab.joins else {})


def _draws(slab: "Slab") -> Iterator[list[Array]]:
    """What a random activation draws for this pass, by layer."""
    choices, argument = slab.choices, slab.kept["argument"]
    for layer in slab.layers if hasattr(choices.activation, "draw") else ():
        random = stream(choices.seed, draws(layer.iteration, "activation"), layer.number)
        drawn = choices.activation.draw(random, argument[0].size, argument.dtype, *choices.activation_parameters)
        yield [choices.format.keep(leaks) for leaks in drawn]


def _normalise(slab: "Slab", index: int) -> None:
    own, names = slab.parameters, ("preactivation", "normalised", "inverse", "argument")
    z, normalised, inverse, argument = (slab.kept[name][index] for name in names)
    slab.choices.norm.forward(z, normalised, inverse, *slab.choices.norm_parameters)
    np.multiply(normalised, own["norm.weight"][index], out=argument)
    if "norm.bias" in own:
        argument += own["norm.bias"][index]
    slab.choices.format.keep(argument)


def _join(slab: "Slab", index: int, hidden: Array) -> Array:
    keep, out = slab.choices.format.keep, slab.kept["output"][index]
    keep(np.multiply(slab.parameters["scale"][index], slab.kept["branch"][index], out=out))
    out += hidden
    return keep(out)


def retreat(slab: "Slab", grad: Array) -> None:
    """Back through all layers, from dL/dh_out (batch, width) of the last."""
    _make_room_back(slab)
    kept, own, form, keep = slab.kept, slab.parameters, slab.choices.format, slab.tally.keep_one
    vectors = (kept[key].reshape(-1) for key in ("argument", "branch", "slope"))
    slab.choices.activation.slope(*vectors, *slab.given(slice(None)))
    kept["grad_output"][-1] = grad
    multiply = multiplier(len(grad), *slab.shapes["weight"])
    names = "grad_output", "grad_branch", "slope", "grad_argument", "grad_preactivation", "through", "grad_input"
    matrices = [*enumerate(zip(*(kept[name] for name in names), own["weight"], strict=True))]
    for index, (outer, branch, slope, argument, z, through, below, weight) in reversed(matrices):
        if slab.joins:
            keep(np.multiply(outer, own["scale"][index], out=branch), index)
        form.keep(np.multiply(slope, branch, out=argument))  # its losses are counted with those of the carrier
        if slab.choices.norm is not None:
            grad_normalised = argument * own["norm.weight"][index]
            slab.choices.norm.pull(kept["normalised"][index], kept["inverse"][index], grad_normalised, z,
                                   *slab.choices.norm_parameters)  # fmt: skip
            keep(z, index)
        multiply(z, weight, out=through)
        keep(through, index)
        if slab.joins:
            keep(np.add(through, outer, out=below), index)


def _make_room_back(slab: "Slab") -> None:
    """Arrays for the way back; what enters a layer is what its neighbour hands down, where widths agree."""
    kept, dtype = slab.kept, slab.rows.dtype
    width, fan_in = slab.shapes["weight"]
    count, batch, _ = shape = kept["branch"].shape
    chain = np.empty((count + (fan_in == width), batch, width), dtype)
    kept = slab.kept = kept | {
        "grad_output": chain[-count:],
        "slope": np.empty(shape, dtype),
        "grad_argument": np.empty(shape, dtype),
    }
    kept["grad_input"] = chain[:count] if fan_in == width else np.empty((count, batch, fan_in), dtype)
    kept["grad_branch"] = np.empty(shape, dtype) if slab.joins else kept["grad_output"]
    kept["through"] = np.empty(shape, dtype) if slab.joins else kept["grad_input"]
    kept["grad_preactivation"] = np.empty(shape, dtype) if slab.choices.norm is not None else kept["grad_argument"]


def collect_gradients(slab: "Slab") -> None:
    """The gradients of all parameters, from what came back through the layers."""
    kept, form = slab.kept, slab.choices.format
    slab.gradient_rows = np.empty_like(slab.rows)
    found = slab.gradients = parts(slab.gradient_rows, slab.learned)
    z, argument = kept["grad_preactivation"], kept["grad_argument"]
    multiply = multiplier(slab.shapes["weight"][0], *kept["grad_input"].shape[1:])
    multiply(z[0].T, slab.entered, out=found["weight"][0])
    if len(z) > 1:
        multiply(z[1:].transpose(0, 2, 1), kept["output"][:-1], out=found["weight"][1:])
    np.add.reduce(z, axis=1, out=found["bias"])
    if "norm.weight" in found:
        np.add.reduce(argument * kept["normalised"], axis=1, out=found["norm.weight"])
    if "norm.bias" in found:
        np.add.reduce(argument, axis=1, out=found["norm.bias"])
    if "scale" in found:
        for out, outer, branch in zip(found["scale"], kept["grad_output"], kept["branch"], strict=True):
            out[0] = np.vdot(outer, branch)
    for key, grad in found.items():
        form.keep(grad, slab.lost if key == "weight" else None)
