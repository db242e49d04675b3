"""How much of a gradient became 0 only because the number format is too narrow."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .format import Format
from .kernel import Array


class Tally:
    """Numbers that a layer stored on its way back, by step, and how many of them were not 0 and are 0 now."""

    def __init__(self, form: Format, steps: int):
        self.form = form
        self.lost, self.stored = np.zeros(steps), np.zeros(steps)
        self._single = [0] * steps  # what was stored step by step: NumPy would take as long to count as to multiply

    def keep(self, array: Array, first: int = 0) -> Array:
        """Round (steps, ...) numbers of steps from `first` on as they are stored, in place; returns them."""
        steps = slice(first, first + len(array))
        self.stored[steps] += array[0].size
        return self.form.keep(array, self.lost[steps])

    def keep_one(self, array: Array, step: int) -> Array:
        """Round the numbers of one step as they are stored, in place; returns them."""
        self._single[step] += array.size
        return array if self.form.native else self.form.keep(array[None], self.lost[step : step + 1])[0]

    def product(self, left: Array, right: Array, out: Array, step: int = 0, *, top: float) -> None:
        """Count what the carrier itself lost in out = left @ right of one step; `top` is the largest |left|."""
        self.lost[step] += vanished(self.form, left, right, out, top)

    @property
    def fraction(self) -> NDArray[np.float64]:
        """The share that was lost, by step."""
        return self.lost / np.maximum(self.stored + self._single, 1)


def vanished(form: Format, left: Array, right: Array, out: Array, top: float) -> int:
    """How many zeros of out = left @ right are 0 for want of range: in float64, with left scaled to 1, they are not.

    Looked for only where left is smaller than the root of the carrier's smallest normal number.
    """
    if not 0 < top < risky(form.dtype) or out.all():
        return 0
    wide = (left.astype(np.float64) / top) @ right.astype(np.float64)
    return int(np.count_nonzero((out == 0) & (wide != 0)))


@cache
def risky(dtype: np.dtype[Any]) -> float:
    """The root of the carrier's smallest normal number: products of smaller numbers may be 0 for want of range."""
    return float(np.sqrt(np.finfo(dtype).tiny))


def keep_gradient(form: Format, grad: Array, lost: int = 0) -> float:
    """Round a parameter's gradient in place; the share of it that was lost, with what its product lost."""
    counts = np.full(1, float(lost))
    form.keep(grad[None], counts)
    return float(counts[0] / max(grad.size, 1))
