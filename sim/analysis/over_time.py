"""The gradient by time step: ratio, memory horizon, truncation, peak."""

import math

import numpy as np
from numpy.typing import NDArray

from ..results.readings import Reading
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from ..text import format_number

LEFT = 0.01  # share of the last step's gradient below which the memory horizon lies
PEAK = 3.0  # times the larger end from which a peak between the ends is mentioned
Steps = NDArray[np.float64]


def memory_horizon(gradient: Steps) -> int | None:
    """Steps back from the last to the first with less than 1% of its gradient (steps,); None without one."""
    if not (gradient[-1] > 0 and math.isfinite(gradient[-1])):
        return None
    below = np.flatnonzero(gradient[::-1] < LEFT * gradient[-1])
    return int(below[0]) if len(below) else None


def ratio_of(first: float, last: float) -> float:
    """The quotient first / last in float64; inf or nan where last is 0."""
    with np.errstate(all="ignore"):
        return float(np.float64(first) / np.float64(last))


def abs_log(ratio: float) -> float:
    """|ln ratio|; inf for 0, inf and nan."""
    return abs(math.log(ratio)) if 0 < ratio < math.inf else math.inf


def truncated_at(scenario: Scenario, gradient: Steps) -> int:
    """The first step (from 1) of the last truncation window, if no earlier step has a gradient; else 0."""
    every, steps = scenario.time.truncate, len(gradient)
    first = (steps - 1) // every * every if every else 0
    return first + 1 if first and gradient[first] > 0 and not gradient[:first].any() else 0


def first_with_gradient(gradient: Steps) -> int:
    """The first step (from 1) with a gradient above 0; the last step if there is none."""
    return int(np.flatnonzero(gradient > 0)[0]) + 1 if gradient.any() else len(gradient)


def peak_in_words(kind: Kind, reading: Reading) -> str:
    """A clause on the step where the gradient peaks, PEAK times both ends or more, unless it explodes; else empty."""
    gradient = reading.sizes
    top = int(np.argmax(gradient))
    if kind == "exploding" or gradient[top] < PEAK * max(gradient[0], gradient[-1]):
        return ""
    times = format_number(float(gradient[top] / gradient[-1]))
    return f"; on the way it grows to {times} times, at step {reading.step(top + 1)}"
