"""What a sweep needs at most, against what there is: all processes at the largest point at once."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import psutil

from ..errors import Problem, UserError
from ..network.memory import HEADROOM, estimate, gib
from ..training.memory import training_estimate
from .sweep import Sweep

PROCESS = 150 * 2**20  # bytes of a process that has imported everything, and not simulated yet
MOST_CORNERS = 400


class Need(NamedTuple):
    """Bytes of a point, and where it is."""

    bytes: int
    label: str


def largest_need(sweep: Sweep) -> Need:
    """That of the largest point; imports numba."""
    return max(_needs(sweep), default=Need(0, ""))


def refuse_if_too_large(sweep: Sweep, jobs: int, known: Need | None = None) -> None:
    """Raise UserError with the estimate if so many processes would need more memory than there is."""
    largest, label = known or largest_need(sweep)
    need, there = jobs * (largest + PROCESS * (jobs > 1)), int(psutil.virtual_memory().available * HEADROOM)
    if need > there:
        several = f"{jobs} processes need" if jobs > 1 else "it needs"
        smaller = "make --jobs smaller, or end the axis earlier" if jobs > 1 else "end the axis earlier"
        message = f"at {label} {several} about {gib(need)} of memory, and {gib(there)} are free; {smaller}"
        raise UserError([Problem("", message, "--jobs" if jobs > 1 else "--x")])


def _needs(sweep: Sweep) -> Iterator[Need]:
    """At the ends of axes of numbers, at each value of others."""
    ends = [(0, len(axis) - 1) if axis.ordered else range(len(axis)) for axis in sweep.axes]
    for corner in list(product(*ends))[:MOST_CORNERS]:
        try:
            scenario = sweep.scenario_at(sweep.number(*corner))
            need = estimate(scenario) + (training_estimate(scenario) if sweep.updates else 0)
        except UserError:
            continue  # it will be a point with its reason
        at_values = (f"{axis.key}={axis.label(at)}" for axis, at in zip(sweep.axes, corner, strict=True))
        yield Need(need, ", ".join(at_values))
