"""Counts of gradients that underflowed: became 0 because the number format is too narrow."""

from functools import cache
from typing import Any

import numpy as np

from .arrays import Array
from .number_format import Format


def count_underflows(form: Format, left: Array, right: Array, out: Array, top: float) -> int:
    """Count the zeros of out = left @ right that underflowed: with left scaled up, in float64, they are not 0.

    Looked for only where left is smaller than the root of the carrier's smallest normal number.
    """
    if not 0 < top < underflow_risk(form.dtype) or out.all():
        return 0
    wide = (left.astype(np.float64) / top) @ right.astype(np.float64)
    return int(np.count_nonzero((out == 0) & (wide != 0)))


@cache
def underflow_risk(dtype: np.dtype[Any]) -> float:
    """The root of the carrier's smallest normal number, below which products may underflow."""
    return float(np.sqrt(np.finfo(dtype).tiny))


def round_gradient(form: Format, grad: Array, lost: int = 0) -> float:
    """Round a parameter's gradient in place; returns the fraction that underflowed, in its product or by rounding."""
    counts = np.full(1, float(lost))
    form.round_(grad[None], counts)
    return float(counts[0] / max(grad.size, 1))
