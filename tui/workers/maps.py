"""The points of a map, made in a process of their own by the executor that the command line uses."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...sim.errors import Cancelled
from .child import Child
from .threads import Stopped

if TYPE_CHECKING:
    from ...sim.sweeps.boundary import Line
    from ...sim.sweeps.executors import NumberedPoints
    from ...sim.sweeps.sweep import Sweep

PROGRAM = "from gradsim.tui.cli.process.sweep_map import main; main()"
NO_PROCESS = "the process that makes the points has ended; e and Enter begin it again"


@dataclass(frozen=True)
class Order:
    """The points that are to be made, in this order, by so many processes."""

    sweep: "Sweep"
    missing: tuple[int, ...]
    jobs: int


class Theory(NamedTuple):
    """Theory's lines on a map by what they are, and what it says in a sentence."""

    lines: "Mapping[str, Line]"
    summary: str


Answer = "NumberedPoints | Theory | bool | str"


def ordered(order: Order, stopped: Stopped) -> "Iterator[NumberedPoints | Theory]":
    """What another process finds, as it comes; raises Cancelled if it is stopped, ValueError with why it ended."""
    with Child(PROGRAM, order) as child, contextlib.closing(child.answers(stopped)) as answers:
        for answer in answers:
            if answer is True:
                return
            if isinstance(answer, str):
                raise ValueError(answer)
            yield answer
    if stopped():
        raise Cancelled
    raise ValueError(NO_PROCESS)


def made(order: Order) -> "Iterator[NumberedPoints | Theory]":
    """What this process finds; raises UserError if the machine can't bear it."""
    from ...sim.sweeps.batches import Batches
    from ...sim.sweeps.boundary import lines, summary
    from ...sim.sweeps.executors import Resources

    sweep, resources = order.sweep, Resources(order.jobs)
    theory = False
    for points in resources.executor()(sweep, Batches(order.missing, order.jobs), resources, _nothing):
        yield points
        if not theory:
            theory = True
            yield Theory(lines(sweep), summary(sweep))


def _nothing() -> None:
    """It is ended from without."""
