"""The operations of a fully connected layer's last pass, for the one that made the first number that is not finite."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .kernel import Array
from .layer import Operation, grad_name
from .met import Meeting, drawn_met, elementwise_met, product_met, sum_met, whole_met

if TYPE_CHECKING:
    from .mlp import Mlp


def forward(layer: "Mlp") -> Iterator[Operation]:
    """From the initial parameters to h_out."""
    prefix, own, entered = f"layers.{layer.number}", layer.parameters, layer.entered
    for key, value in own.items():
        met = drawn_met(layer.drawn[key][None]) if key in layer.drawn else None
        yield Operation("initialisation", f"{prefix}.{key}", value[None], 0, met)
    z, argument, branch = (layer.kept(name) for name in ("preactivation", "argument", "branch"))
    yield Operation("matrix product", f"{prefix}.preactivation", z, 0,
                    product_met(entered, own["weight"].T, own["bias"]))  # fmt: skip
    norms = {key.removeprefix("norm."): own[key] for key in own if key.startswith("norm.")}
    normed = whole_met(lambda: _normalised(layer), preactivation=z, **norms)
    yield Operation("norm", f"{prefix}.normalised", argument, 0, normed)
    activated = whole_met(lambda: _activated(layer), argument=argument)
    yield Operation("activation", f"{prefix}.activation", branch, 0, activated)
    if layer.slab.joins:
        added = elementwise_met(lambda h, scale, a: h + scale * a, input=entered, scale=own["scale"], branch=branch)
        yield Operation("skip", f"{prefix}.activation", layer.hidden, 0, added)


def backward(layer: "Mlp") -> Iterator[Operation]:
    """From dL/dh_out to dL/dh_in."""
    prefix, own, outer = f"layers.{layer.number}", layer.parameters, layer.grad_hidden
    branch, argument, z = (layer.kept(f"grad_{name}") for name in ("branch", "argument", "preactivation"))
    if layer.slab.joins:
        yield Operation("skip", f"{prefix}.grad_branch", branch, 0,
                        elementwise_met(np.multiply, gradient=outer, scale=own["scale"]))  # fmt: skip
    yield Operation("slope", f"{prefix}.grad_argument", argument, 0,
                    elementwise_met(np.multiply, slope=layer.kept("slope"), gradient=branch))  # fmt: skip
    yield Operation("norm", f"{prefix}.grad_preactivation", z, 0,
                    whole_met(lambda: _pulled_norm(layer), gradient=argument))  # fmt: skip
    for key, value in layer.gradients.items():
        yield Operation("parameter gradient", f"{prefix}.{grad_name(key)}", value[None], 0, _summed(layer, key))
    below = f"layers.{layer.number - 1}.grad_activation" if layer.number > 1 else "input.grad"
    through, names = layer.kept("through"), ("gradient", "weight")
    yield Operation("matrix product", below, through, 0, product_met(z, own["weight"], names=names))
    if layer.slab.joins:
        yield Operation("sum over paths", below, layer.kept("grad_input"), 0,
                        elementwise_met(np.add, branch=through, skip=outer))  # fmt: skip


def _summed(layer: "Mlp", key: str) -> Meeting:
    """What is summed up in a parameter's gradient."""
    z = layer.kept("grad_preactivation")[0]
    if key == "weight":
        return product_met(z.T[None], layer.entered[0], names=("gradient", "input"))
    if key == "bias":
        return sum_met(z)
    if key == "scale":
        outer, branch = (array.reshape(-1, 1) for array in (layer.grad_hidden, layer.kept("branch")))
        return product_met(outer.T, branch, names=("gradient", "branch"))
    gradient = layer.kept("grad_argument")[0].astype(np.float64)
    return sum_met(gradient * layer.kept("normalised")[0] if key == "norm.weight" else gradient, "largest term")


def _normalised(layer: "Mlp") -> Array:
    """norm(z) in float64."""
    norm, given = layer.slab.choices.norm, layer.slab.choices.norm_parameters
    if norm is None:
        return layer.kept("preactivation")
    z: Array = layer.kept("preactivation")[0].astype(np.float64)
    out = np.empty_like(z)
    norm.forward(z, out, np.empty(norm.inverse_shape(*z.shape, *given)), *given)
    out *= layer.parameters["norm.weight"]
    out += layer.parameters.get("norm.bias", 0.0)
    return out[None]


def _activated(layer: "Mlp") -> Array:
    """activation(u) in float64."""
    u = layer.kept("argument").astype(np.float64)
    given = (value.astype(np.float64) if isinstance(value, np.ndarray) else value for value in layer.given)
    out = np.empty_like(u)
    layer.slab.choices.activation.value(u.reshape(-1), out.reshape(-1), *given)
    return out


def _pulled_norm(layer: "Mlp") -> Array:
    """dL/dz of dL/du in float64."""
    choices = layer.slab.choices
    if choices.norm is None:
        return layer.kept("grad_argument")
    names = "normalised", "inverse", "grad_argument"
    normalised, inverse, grad = (layer.kept(name)[0].astype(np.float64) for name in names)
    out: Array = np.empty_like(grad)
    choices.norm.pull(normalised, inverse, grad * layer.parameters["norm.weight"], out, *choices.norm_parameters)
    return out[None]
