"""The levels of a heatmap: what each mark stands for, in steps that are round numbers."""

import math
from dataclasses import dataclass

from . import axis as scale
from .grid import Axes

LEVELS = 8
MARKS = {True: "⠄⠆⠦⠶⡶⣶⣾⣿", False: ".:-=+*#@"}  # as dense as the level is high
DECADES = (0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100)


@dataclass(frozen=True)
class Ladder:
    """Levels from `low` on, each `step` high, in powers of ten where the quantity is logarithmic."""

    low: float
    step: float
    count: int
    log: bool

    @property
    def size(self) -> float:
        """A size by which differences can be divided before they overflow."""
        return max(abs(self.low), self.step * self.count / 2, 5e-324)

    def characters(self, braille: bool) -> str:
        """One mark a level, spread over all marks that there are."""
        return "".join(MARKS[braille][self.colour(code)] for code in range(self.count))

    def colour(self, code: int) -> int:
        """The number of a level's colour."""
        return round(code * (LEVELS - 1) / max(self.count - 1, 1))

    @property
    def ends(self) -> tuple[str, str]:
        """The least value of the first level and the largest of the last."""
        return self._label(self.low), self._label(self.low + self.step * self.count)

    def words(self, braille: bool) -> str:
        """How much one mark is over the mark before."""
        if not self.log:
            return f"each mark +{scale.label(self.step)}"
        factor = scale.label(10**self.step) if self.step < 3 else f"1e{self.step:+03g}"
        return f"each mark {'×' if braille else 'x'}{factor}"

    def _label(self, value: float) -> str:
        if not self.log:
            return scale.label(value)
        return f"1e{int(value):+03d}" if value == int(value) else scale.label(10**value)


def ladder_of(axes: Axes) -> Ladder:
    """At most LEVELS levels between the limits of an axis."""
    if axes.log:
        span = axes.high - axes.low
        step = next(s for s in DECADES if math.ceil(span / s - 1e-9) <= LEVELS)
        count = max(math.ceil(span / step - 1e-9), 1)
        return Ladder(axes.high - step * count, step, count, True)
    step = axes.high / LEVELS - axes.low / LEVELS
    return Ladder(axes.low, step, LEVELS, False)
