"""Reading order of a row's time steps: one direction, or both with a gradient of their own each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Floats
from ..scenario.quantities import of_memory

WAYS = ("forward", "reverse")


def of_way(way: str, quantity: str) -> str:
    """The name of a quantity of one of both directions."""
    return f"{way}_{quantity}"


MATRICES = dict(zip(WAYS, ("", of_way(WAYS[1], "")), strict=True))  # what the names of a matrix's statistics begin with
FORWARD, REVERSE = (of_way(way, "gradient_rms") for way in WAYS)  # rms dL/dh_t of each


@dataclass(frozen=True)
class Reading:
    """The time steps of a profile row in one direction's reading order, from index `start` (from 0) on.

    `gradient` is its gradient's quantity, `word` the direction where there are two: forward, reverse or both.
    """

    profile: Mapping[str, Floats]
    row: int
    gradient: str = "gradient_rms"
    word: str = ""
    backwards: bool = False
    start: int = 0

    def of(self, quantity: str) -> Floats:
        """A quantity by step, in reading order."""
        values = self.profile[quantity][self.row]
        by_step: Floats = (values[::-1] if self.backwards else values)[self.start :]
        return by_step

    @property
    def sizes(self) -> Floats:
        """The rms gradient by step, in reading order."""
        return self.of(self.gradient)

    @property
    def of_cell(self) -> Floats | None:
        """The cell state's gradient by step, in reading order; None without a cell state."""
        cell = of_memory(self.profile)
        name = of_way(self.word, cell) if cell and self.word in WAYS else cell
        by_step = self.of(name) if name is not None and name in self.profile else None
        return None if by_step is None or np.isnan(by_step).all() else by_step

    @property
    def ratio(self) -> float:
        """The gradient at the first step read over that at the last."""
        with np.errstate(all="ignore"):
            return float(np.float64(self.sizes[0]) / np.float64(self.sizes[-1])) if len(self.sizes) > 1 else 1.0

    def step(self, index: int) -> int:
        """The time step (from 1) at an index (from 1) of the reading order."""
        count = self.profile[self.gradient].shape[1]
        return count + 1 - self.start - index if self.backwards else self.start + index

    @property
    def earlier(self) -> str:
        """Where the steps lie that were read before: "before" a time step, or "after" it."""
        return "after" if self.backwards else "before"


def reads_both(profile: Mapping[str, Floats], row: int) -> bool:
    """Whether a row (from 0) reads both ways."""
    return FORWARD in profile and not np.isnan(profile[FORWARD][row]).all()


def readings(profile: Mapping[str, Floats], row: int) -> tuple[Reading, ...]:
    """The readings of a row: one, or one of each direction."""
    if not reads_both(profile, row):
        return (Reading(profile, row),)
    one, other = WAYS
    return Reading(profile, row, FORWARD, one), Reading(profile, row, REVERSE, other, backwards=True)


def least_of_both(profile: Mapping[str, Floats], row: int) -> Reading:
    """For a bidirectional row: the reading from the step with the least gradient (both together) to the nearer end.

    The steps beyond it are nearer to the other end, where the other direction has read them last.
    """
    sizes = profile["gradient_rms"][row]
    least = len(sizes) // 2 if np.isnan(sizes).any() else int(np.argmin(sizes))
    backwards = 2 * least < len(sizes) - 1
    start = len(sizes) - 1 - least if backwards else least
    return Reading(profile, row, word="both", backwards=backwards, start=start)
