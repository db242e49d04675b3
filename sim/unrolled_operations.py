"""The operations of an unrolled layer's last pass, for the one that made the first number that is not finite."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .kernel import Array
from .layer import Operation, grad_name
from .met import drawn_met, elementwise_met
from .output_norm import OutputNorm

if TYPE_CHECKING:
    from .unrolled import Unrolled


def forward(layer: "Unrolled") -> Iterator[Operation]:
    """From the initial parameters, through the first step that went wrong, to h_out."""
    prefix = f"layers.{layer.number}"
    for key, value in layer.parameters.items():
        met = drawn_met(layer.drawn[key][None]) if key in layer.drawn else None
        yield Operation("initialisation", f"{prefix}.{key}", value[None], 0, met)
    yield from _within(layer)
    if layer.settings.output_norm is not None:
        yield Operation("norm", f"{prefix}.output", layer.branch())
    if layer.joins:
        yield Operation("skip", f"{prefix}.output", layer.hidden, 0,
                        elementwise_met(lambda x, scale, h: x + scale * h, input=layer.entered,
                                        scale=layer.parameters["scale"], hidden=layer.branch()))  # fmt: skip


def backward(layer: "Unrolled") -> Iterator[Operation]:
    """From dL/dh_out, through the last step that went wrong, to the parameters' gradients and dL/dh_in."""
    prefix, norm = f"layers.{layer.number}", layer.settings.output_norm
    if norm is not None:
        yield Operation("norm", f"{prefix}.grad_hidden", _through(layer, norm))
    yield from _within(layer)
    for key, value in layer.gradients.items():
        whole = layer.summed.get(key)
        met = None if whole is None else drawn_met(whole[None])
        yield Operation("parameter gradient", f"{prefix}.{grad_name(key)}", value[None], 0, met)
    if layer.joins:
        yield Operation("sum over paths", f"{prefix}.grad_input", layer.handed_down)


def _within(layer: "Unrolled") -> Iterator[Operation]:
    for made in layer.evidence.operations:
        yield made._replace(array_name=f"layers.{layer.number}.{made.array_name}")


def _through(layer: "Unrolled", norm: OutputNorm) -> Array:
    """The gradient behind the norm on the output once more, since later steps have been added to it."""
    beside = layer.grad_output * layer.parameters["scale"] if layer.joins else layer.grad_output
    keep = layer.settings.format.keep
    return keep(norm.pull(layer.states[1:], keep(beside) if layer.joins else beside, layer.parameters))
