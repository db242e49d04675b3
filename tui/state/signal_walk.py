"""The walk of the signal: forward from the first layer or step to the last, then of the gradient backward."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ...sim.numerics.arrays import Floats
from ...sim.text import format_number
from ..terminal.glyphs import glyphs

TICK = 0.2  # seconds; five repaints a second are enough to follow and cheap enough for a slow line
LEAST, MOST = 3.0, 8.0  # seconds of a walk, however deep the network or long the sequence
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
TOLD = 3  # factors that the text multiplies out


@dataclass(frozen=True)
class Walk:
    """How far a walk is: `done` of 2 x length layers or steps, forward ones first."""

    length: int
    done: int = 1
    playing: bool = True
    over: Literal["layer", "step"] = "layer"
    start: int = 1  # where the cursor was before
    speed: float = 1.0

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

    @property
    def seconds(self) -> float:
        """How long the whole walk takes."""
        return min(max(2 * self.length * TICK, LEAST), MOST) / self.speed

    @property
    def stride(self) -> int:
        """Places a tick: a faster walk takes longer steps where it would tick too often."""
        return max(1, math.ceil(2 * self.length * TICK / self.seconds - 1e-9))

    @property
    def tick(self) -> float:
        """Seconds between two repaints."""
        return self.seconds * self.stride / (2 * self.length)


def advance(walk: Walk) -> Walk:
    """One tick on; stops at the last layer before it turns, and at the end."""
    turn = walk.length if walk.done < walk.length else 2 * walk.length
    return replace(walk, done=min(walk.done + walk.stride, turn))


def step(walk: Walk, by: int) -> Walk:
    """Places on or back by hand, which pauses it."""
    return replace(walk, playing=False, done=min(max(walk.done + by, 1), 2 * walk.length))


def at_speed(walk: Walk, by: int) -> Walk:
    """Faster or slower, as far as there are speeds."""
    index = min(max(SPEEDS.index(walk.speed) + by, 0), len(SPEEDS) - 1)
    return replace(walk, speed=SPEEDS[index])


def product_text(sizes: Floats, place: int) -> str:
    """What a backward walk has multiplied so far, from the last place to this one: "... x 0.24 x 0.23 = 1.2e-05"."""
    times, more = f" {glyphs().times} ", glyphs().ellipsis
    with np.errstate(all="ignore"):
        factors = [float(sizes[i] / sizes[i + 1]) for i in range(place - 1, min(place - 1 + TOLD, len(sizes) - 1))]
        left = float(sizes[place - 1] / sizes[-1])
    told = times.join(map(format_number, reversed(factors)))
    if not factors:
        return f"{format_number(left)} of it, as the loss sends it"
    return f"{f'{more}{times}' if place - 1 + TOLD < len(sizes) - 1 else ''}{told} = {format_number(left)} of it left"
