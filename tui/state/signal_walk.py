"""The walk of the signal: forward from the first layer or step to the last, then of the gradient backward."""

from dataclasses import dataclass, replace
from typing import Literal

TICK = 0.2  # seconds; five repaints a second are enough to follow and cheap enough for a slow line
TICKS = 40  # a walk takes at most this many, 8 seconds, however deep the network or long the sequence


@dataclass(frozen=True)
class Walk:
    """How far a walk is: `done` of 2 x length layers or steps, forward ones first."""

    length: int
    done: int = 1
    playing: bool = True
    over: Literal["layer", "step"] = "layer"
    start: int = 1  # where the cursor was before

    @property
    def forward(self) -> bool:
        """Whether the signal is still on its way forward."""
        return self.done <= self.length

    @property
    def place(self) -> int:
        """The layer or step that the walk has reached, from 1."""
        return self.done if self.forward else 2 * self.length + 1 - self.done

    @property
    def reached(self) -> tuple[int, int]:
        """The first and the last place that the present phase has visited."""
        return (1, self.place) if self.forward else (self.place, self.length)

    @property
    def text(self) -> str:
        """Where the walk is, in words."""
        what = "forward: the signal" if self.forward else "backward: the gradient"
        return f"{what} is at {self.over} {self.place} of {self.length}"

    @property
    def finished(self) -> bool:
        """Whether the gradient has arrived at the first place."""
        return self.done >= 2 * self.length


def advance(walk: Walk) -> Walk:
    """One tick on; stops at the last layer before it turns, and at the end."""
    stride = max(1, -(-2 * walk.length // TICKS))
    turn = walk.length if walk.done < walk.length else 2 * walk.length
    return replace(walk, done=min(walk.done + stride, turn))
