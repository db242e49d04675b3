"""The menu of charts: a file of the folder `quantities` is a chart."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ...sim.errors import UserError, unknown
from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Trace

DEFAULT = "gradient_rms"


@dataclass(frozen=True)
class Chart:
    """A quantity that can be drawn: its words, its axis and the way from a trace to (depth, steps) values.

    `needs` is the profile without which a trace has no such quantity, "" if all have it.
    """

    name: str
    title: str
    unit: str
    log: bool
    full: tuple[float, float] | None
    about: str
    order: int
    measured: Callable[[Trace], Floats]
    needs: str = ""

    def of(self, *traces: Trace | None) -> bool:
        """Whether any of the traces has this quantity."""
        return not self.needs or any(self.needs in trace.profile for trace in traces if trace is not None)

    def values(self, trace: Trace) -> Floats:
        """The values by (layer, step); NaN if the trace has none."""
        return self.measured(trace) if self.of(trace) else np.full((trace.depth, trace.steps), np.nan)


@cache
def charts() -> tuple[Chart, ...]:
    """All charts in the order of their ORDER, then by name."""
    package = f"{__package__}.quantities"
    folder = list(importlib.import_module(package).__path__)
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folder)]
    found = [_chart(module) for module in modules]
    return tuple(sorted(found, key=lambda chart: (chart.order, chart.name)))


def chart(name: str) -> Chart:
    """One chart by its name; raises UserError with the nearest spelling."""
    named = {chart.name: chart for chart in charts()}
    if name not in named:
        raise UserError([unknown("chart", name, named)])
    return named[name]


def _chart(module: object) -> Chart:
    metadata = vars(module)
    name = metadata["__name__"].rpartition(".")[2]
    about = (metadata["__doc__"] or metadata["TITLE"]).splitlines()[0]
    return Chart(
        name,
        metadata["TITLE"],
        metadata.get("UNIT", ""),
        metadata["LOG"],
        metadata.get("RANGE"),
        about,
        metadata.get("ORDER", 1000),
        metadata["values"],
        metadata.get("NEEDS", ""),
    )
