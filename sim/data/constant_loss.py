"""The loss of the best output that does not look at its input."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def best_constant_loss(target: NDArray[Any], every: bool) -> float:
    """Of targets as in Samples, at the last step or `every`: their variance, or the entropy of their classes."""
    if target.dtype.kind == "f":
        seen = _seen(target, every, 3)
        with np.errstate(all="ignore"):  # of a user's numbers
            seen = seen - seen[0]  # else the mean of equal numbers would differ from them by its rounding
            return float(np.square(seen - seen.mean(axis=0)).mean())
    seen = _seen(target, every, 2)
    shares = np.bincount(seen.reshape(-1)) / seen.size
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def constant_loss_on(target: NDArray[Any], every: bool) -> Callable[[NDArray[Any]], float]:
    """The loss, on the targets of any batch, of the output that is the best constant one for `target`."""
    if target.dtype.kind == "f":
        best = _seen(target, every, 3).astype(np.float64)
        best = best.reshape(-1, best.shape[-1]).mean(axis=0)
        return lambda batch: float(np.square(_seen(batch, every, 3) - best).mean())
    shares = np.bincount(_seen(target, every, 2).reshape(-1)) / _seen(target, every, 2).size
    with np.errstate(divide="ignore"):
        losses = -np.log(shares)
    return lambda batch: float(losses[_seen(batch, every, 2)].mean())


def _seen(target: NDArray[Any], every: bool, dimensions: int) -> NDArray[Any]:
    """The targets that the loss sees: of every step, or of the last where there are steps."""
    return target if every or target.ndim < dimensions else target[:, -1:]
