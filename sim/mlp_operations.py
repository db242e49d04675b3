"""The operations of a fully connected layer's last pass, for the one that made the first number that is not finite."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .kernel import Array
from .layer import Operation, grad_name
from .met import Meeting, drawn_met, elementwise_met, product_met, sum_met, whole_met

if TYPE_CHECKING:
    from .layers.mlp import Mlp


def forward(layer: "Mlp", kept: dict[str, Array]) -> Iterator[Operation]:
    """From the initial parameters to h_out."""
    prefix, own, shaped = f"layers.{layer.number}", layer.parameters, layer.unrolled
    for key, value in own.items():
        met = drawn_met(layer.drawn[key][None]) if key in layer.drawn else None
        yield Operation("initialisation", f"{prefix}.{key}", value[None], 0, met)
    z = shaped(kept["preactivation"])
    yield Operation("matrix product", f"{prefix}.preactivation", z, 0,
                    product_met(layer.entered, own["weight"].T, own["bias"]))  # fmt: skip
    norms = {key.removeprefix("norm."): own[key] for key in own if key.startswith("norm.")}
    argument, branch = shaped(kept["argument"]), shaped(kept["branch"])
    normed = whole_met(lambda: shaped(_normalised(layer, kept["preactivation"])), preactivation=z, **norms)
    yield Operation("norm", f"{prefix}.normalised", argument, 0, normed)
    yield Operation("activation", f"{prefix}.activation", branch, 0,
                    whole_met(lambda: shaped(_activated(layer, kept["argument"])), argument=argument))  # fmt: skip
    if layer.joins:
        yield Operation("skip", f"{prefix}.activation", layer.hidden, 0,
                        elementwise_met(lambda h, scale, a: h + scale * a, input=layer.entered, scale=own["scale"],
                                        branch=branch))  # fmt: skip


def backward(layer: "Mlp", kept: dict[str, Array]) -> Iterator[Operation]:
    """From dL/dh_out to dL/dh_in."""
    prefix, own, shaped, outer = f"layers.{layer.number}", layer.parameters, layer.unrolled, layer.grad_hidden
    grad_branch, grad_argument, grad_z = (
        shaped(kept[f"grad_{key}"]) for key in ("branch", "argument", "preactivation")
    )
    if layer.joins:
        yield Operation("skip", f"{prefix}.grad_branch", grad_branch, 0,
                        elementwise_met(np.multiply, gradient=outer, scale=own["scale"]))  # fmt: skip
    yield Operation("slope", f"{prefix}.grad_argument", grad_argument, 0,
                    elementwise_met(np.multiply, slope=shaped(kept["slope"]), gradient=grad_branch))  # fmt: skip
    yield Operation("norm", f"{prefix}.grad_preactivation", grad_z, 0,
                    whole_met(lambda: shaped(_pulled_norm(layer, kept)), gradient=grad_argument))  # fmt: skip
    for key, value in layer.gradients.items():
        yield Operation("parameter gradient", f"{prefix}.{grad_name(key)}", value[None], 0, _summed(layer, kept, key))
    below = f"layers.{layer.number - 1}.grad_activation" if layer.number > 1 else "input.grad"
    through, names = shaped(kept["through"]), ("gradient", "weight")
    yield Operation("matrix product", below, through, 0, product_met(grad_z, own["weight"], names=names))
    yield Operation("sum over paths", below, shaped(kept["grad_input"]), 0,
                    elementwise_met(np.add, branch=through, skip=outer))  # fmt: skip


def _summed(layer: "Mlp", kept: dict[str, Array], key: str) -> Meeting:
    """What is summed up in a parameter's gradient."""
    if key == "weight":
        return product_met(kept["grad_preactivation"].T[None], kept["input"], names=("gradient", "input"))
    if key == "bias":
        return sum_met(kept["grad_preactivation"])
    if key == "scale":
        outer = layer.grad_hidden.reshape(-1, 1)
        return product_met(outer.T[None], kept["branch"].reshape(-1, 1), names=("gradient", "branch"))
    gradient = kept["grad_argument"].astype(np.float64)
    return sum_met(gradient * kept["normalised"] if key == "norm.weight" else gradient, "largest term")


def _normalised(layer: "Mlp", preactivation: Array) -> Array:
    """norm(z) in float64."""
    norm, given = layer.parts.norm, layer.parts.norm_parameters
    if norm is None:
        return preactivation
    z = preactivation.astype(np.float64)
    out = np.empty_like(z)
    norm.forward(z, out, np.empty(norm.inverse_shape(*z.shape, *given)), *given)
    out *= layer.parameters["norm.weight"]
    return out + layer.parameters.get("norm.bias", 0.0)


def _activated(layer: "Mlp", argument: Array) -> Array:
    """activation(u) in float64."""
    u = argument.astype(np.float64)
    draws = (draw.astype(np.float64) if isinstance(draw, np.ndarray) else draw for draw in layer.draws)
    out = np.empty_like(u)
    layer.parts.activation.value(u.reshape(-1), out.reshape(-1), *draws)
    return out


def _pulled_norm(layer: "Mlp", kept: dict[str, Array]) -> Array:
    """dL/dz of dL/du in float64."""
    norm = layer.parts.norm
    if norm is None:
        return kept["grad_argument"]
    normalised, inverse, grad = (kept[key].astype(np.float64) for key in ("normalised", "inverse", "grad_argument"))
    out = np.empty_like(grad)
    norm.pull(normalised, inverse, grad * layer.parameters["norm.weight"], out, *layer.parts.norm_parameters)
    return out
