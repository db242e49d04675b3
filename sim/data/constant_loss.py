"""The loss of the best output that does not look at its input."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scenario.choice import Choice


def best_constant_loss(loss: Choice, target: NDArray[Any], every: bool) -> float:
    """Of a choice of the losses menu and targets as in Samples, at the last step or `every`."""
    return float(loss.load().constant_loss(_seen(target, every), *loss.parameters.values()))


def constant_loss_on(loss: Choice, target: NDArray[Any], every: bool) -> Callable[[NDArray[Any]], float]:
    """The loss, on the targets of any batch, of the output that is the best constant one for `target`."""
    item, arguments = loss.load(), tuple(loss.parameters.values())
    with np.errstate(all="ignore"):
        best = item.constant_output(_rows(target, every), *arguments)

    def on_batch(batch: NDArray[Any]) -> float:
        rows = _rows(batch, every)
        value, _ = item.value_and_gradient(np.broadcast_to(best, (len(rows), len(best))), rows, *arguments)
        return float(value)

    return on_batch


def _seen(target: NDArray[Any], every: bool) -> NDArray[Any]:
    """The targets that the loss sees: of every step, or of the last where there are steps."""
    by_step = target.ndim == (3 if target.dtype.kind == "f" else 2)
    return target[:, -1:] if by_step and not every else target


def _rows(target: NDArray[Any], every: bool) -> NDArray[Any]:
    """The same as (rows, outputs), or as classes (rows,)."""
    seen = _seen(target, every)
    return seen.reshape(-1, seen.shape[-1]).astype(np.float64) if seen.dtype.kind == "f" else seen.reshape(-1)
