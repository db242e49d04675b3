"""The menu of charts: a file of this folder that declares a TITLE is a chart."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ...sim.problems import UserError, unknown
from ...sim.trace import Trace
from .scale import Floats

DEFAULT = "gradient_rms"


@dataclass(frozen=True)
class Chart:
    """A quantity that can be drawn: its words, its axis and the way from a trace to (depth, steps) values."""

    name: str
    title: str
    unit: str
    log: bool
    full: tuple[float, float] | None
    about: str
    order: int
    values: Callable[[Trace], Floats]


@cache
def charts() -> tuple[Chart, ...]:
    """All charts in the order of their ORDER, then by name."""
    package = __package__ or ""
    folder = list(importlib.import_module(package).__path__)
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folder)]
    found = [_chart(module) for module in modules if hasattr(module, "TITLE")]
    return tuple(sorted(found, key=lambda chart: (chart.order, chart.name)))


def chart(name: str) -> Chart:
    """One chart by its name; raises UserError with the nearest spelling."""
    named = {chart.name: chart for chart in charts()}
    if name not in named:
        raise UserError([unknown("chart", name, named)])
    return named[name]


def _chart(module: object) -> Chart:
    facts = vars(module)
    name = facts["__name__"].rpartition(".")[2]
    about = (facts["__doc__"] or facts["TITLE"]).splitlines()[0]
    return Chart(
        name,
        facts["TITLE"],
        facts.get("UNIT", ""),
        facts["LOG"],
        facts.get("RANGE"),
        about,
        facts.get("ORDER", 1000),
        facts["values"],
    )
