"""The operations of readout and loss, for the one that made the first number that is not finite."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .kernel import Array
from .layer import Operation
from .met import Index, Met, drawn_met, product_met, sum_met

if TYPE_CHECKING:
    from .head import Head


def forward(head: "Head") -> Iterator[Operation]:
    """From the readout's parameters to the loss."""
    first = len(head.hidden) - len(head.output)
    for key, value in head.parameters.items():
        met = drawn_met(head.drawn[key][None]) if key in head.drawn else None
        yield Operation("initialisation", f"readout.{key}", value[None], 0, met)
    if head.target.dtype.kind == "f":
        yield Operation("target", "target" if head.parameters else "probe", head.target[None])
    if head.parameters:
        own = head.parameters
        met = product_met(head.hidden[first:], own["weight"].T, own["bias"])
        yield Operation("readout", "output", head.output, first, met)
    yield Operation("loss", "loss", np.array([head.loss]), len(head.hidden) - 1, lambda _: _loss_met(head))


def backward(head: "Head") -> Iterator[Operation]:
    """From the loss's gradient to that of the last layer."""
    first, grad = len(head.hidden) - len(head.output), head.grad_output
    yield Operation("loss", "output.grad", head.seed, first, lambda index: _gradient_met(head, index))
    if not head.parameters:
        return
    rows, seen = head.seed.reshape(-1, grad.shape[2]), head.hidden[first:].reshape(-1, head.hidden.shape[2])
    products = {"weight": product_met(rows.T[None], seen, names=("gradient", "input")), "bias": sum_met(rows)}
    for key, value in head.gradients.items():
        yield Operation("readout", f"readout.grad_{key}", value[None], 0, products[key])
    met = product_met(head.seed, head.parameters["weight"], names=("gradient", "weight"))
    yield Operation("readout", f"layers.{head.depth}.grad_activation", head.pulled, first, met)


def _wide(head: "Head", t: int) -> tuple[float, Array]:
    """Loss and gradient of one step (from 0, of those that the loss sees) in float64."""
    target = head.target_at(t - len(head.output))
    target = target.astype(np.float64) if target.dtype.kind == "f" else target
    found: tuple[float, Array] = head.loss_item.value_and_gradient(head.output[t].astype(np.float64), target)
    return found


def _loss_met(head: "Head") -> Met:
    """The largest output, and the exact loss."""
    losses = [_wide(head, t)[0] for t in range(len(head.output))]
    largest = float(head.output.flat[np.argmax(np.abs(head.output))])
    return Met((("output", largest),), sum(losses) / (1 if head.summed else len(losses)))


def _gradient_met(head: "Head", index: Index) -> Met:
    """The loss's gradient before scaling, the scale, and their exact product."""
    share = 1 if head.summed else len(head.output)
    exact = float(_wide(head, index[0])[1][index[1:]]) / share * head.loss_scale
    return Met((("gradient", float(head.grad_output[index])), ("loss scale", head.loss_scale)), exact)
