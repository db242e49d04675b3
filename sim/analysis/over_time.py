"""What the gradient's size by time step tells: its ratio, where it is cut off, how far back any is left."""

import math

import numpy as np
from numpy.typing import NDArray

from ..results.readings import Reading
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from ..text import format_number

LEFT = 0.01  # the memory horizon is where less than this share of the gradient is left
PEAK = 3.0  # a gradient that has grown this many times in the backward pass is worth a word
Steps = NDArray[np.float64]


def memory_horizon(gradient: Steps) -> int | None:
    """How many steps back less than 1% of the last step's gradient (by step, in one layer) is left; None if nowhere."""
    if not (gradient[-1] > 0 and math.isfinite(gradient[-1])):
        return None
    below = np.flatnonzero(gradient[::-1] < LEFT * gradient[-1])
    return int(below[0]) if len(below) else None


def ratio_of(first: float, last: float) -> float:
    """One size over another."""
    with np.errstate(all="ignore"):
        return float(np.float64(first) / np.float64(last))


def badness(ratio: float) -> float:
    """How far a ratio is from 1."""
    return abs(math.log(ratio)) if 0 < ratio < math.inf else math.inf


def was_cut(scenario: Scenario, gradient: Steps) -> int:
    """The first step (from 1) of the last window if truncation is why no step before has a gradient; else 0."""
    every, steps = scenario.time.truncate, len(gradient)
    first = (steps - 1) // every * every if every else 0
    return first + 1 if first and gradient[first] > 0 and not gradient[:first].any() else 0


def first_with_gradient(gradient: Steps) -> int:
    """The first step (from 1) that has a gradient; the last one if none has."""
    return int(np.flatnonzero(gradient > 0)[0]) + 1 if gradient.any() else len(gradient)


def peak_in_words(kind: Kind, reading: Reading) -> str:
    """Where a gradient that ends no larger than it began is much larger on the way; else empty."""
    gradient = reading.sizes
    top = int(np.argmax(gradient))
    if kind == "exploding" or gradient[top] < PEAK * max(gradient[0], gradient[-1]):
        return ""
    times = format_number(float(gradient[top] / gradient[-1]))
    return f"; on the way it grows to {times} times, at step {reading.step(top + 1)}"
