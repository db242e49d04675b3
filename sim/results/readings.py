"""The time steps of a row in reading order: forward, or each direction of a bidirectional row with its gradient."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Floats
from ..scenario.quantities import of_memory

DIRECTIONS = ("forward", "reverse")


def of_direction(direction: str, quantity: str) -> str:
    """The name of a quantity of one direction: "reverse_gradient_rms"."""
    return f"{direction}_{quantity}"


MATRICES = dict(zip(DIRECTIONS, ("", of_direction(DIRECTIONS[1], "")), strict=True))  # prefixes of matrices' statistics
FORWARD, REVERSE = (of_direction(one, "gradient_rms") for one in DIRECTIONS)  # rms dL/dh_t by direction


@dataclass(frozen=True)
class Reading:
    """The time steps of a profile row in reading order, from index `start` (from 0) of that order.

    `gradient` names its gradient's quantity; `direction` is "forward", "reverse" or "both" of a bidirectional row, else
    empty; `backwards` whether the last step is read first.
    """

    profile: Mapping[str, Floats]
    row: int
    gradient: str = "gradient_rms"
    direction: str = ""
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
        name = of_direction(self.direction, cell) if cell and self.direction in DIRECTIONS else cell
        by_step = self.of(name) if name is not None and name in self.profile else None
        return None if by_step is None or np.isnan(by_step).all() else by_step

    @property
    def ratio(self) -> float:
        """The rms gradient at the first step read over that at the last; 1 of a single step."""
        with np.errstate(all="ignore"):
            return float(np.float64(self.sizes[0]) / np.float64(self.sizes[-1])) if len(self.sizes) > 1 else 1.0

    def step(self, index: int) -> int:
        """The time step (from 1) at an index (from 1) of the reading order."""
        count = self.profile[self.gradient].shape[1]
        return count + 1 - self.start - index if self.backwards else self.start + index

    @property
    def earlier(self) -> str:
        """The word for where earlier-read steps lie from a time step: "before" or "after"."""
        return "after" if self.backwards else "before"


def is_bidirectional(profile: Mapping[str, Floats], row: int) -> bool:
    """Whether a row (from 0) is bidirectional."""
    return FORWARD in profile and not np.isnan(profile[FORWARD][row]).all()


def readings(profile: Mapping[str, Floats], row: int) -> tuple[Reading, ...]:
    """The readings of a row (from 0): one, or forward and reverse."""
    if not is_bidirectional(profile, row):
        return (Reading(profile, row),)
    one, other = DIRECTIONS
    return Reading(profile, row, FORWARD, one), Reading(profile, row, REVERSE, other, backwards=True)


def least_of_both(profile: Mapping[str, Floats], row: int) -> Reading:
    """The reading of a bidirectional row from the step with the least gradient (of both) to the nearer end."""
    sizes = profile["gradient_rms"][row]
    least = len(sizes) // 2 if np.isnan(sizes).any() else int(np.argmin(sizes))
    backwards = 2 * least < len(sizes) - 1
    start = len(sizes) - 1 - least if backwards else least
    return Reading(profile, row, direction="both", backwards=backwards, start=start)
