"""The menu of charts of a training run: a file of the folder `training` is a chart."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ...sim.errors import UserError, unknown
from ...sim.numerics.arrays import Floats
from .run_snapshot import Record

DEFAULT = "loss"


class Level(NamedTuple):
    """A line across a chart: its height, and the words before it in the legend."""

    value: float
    words: str


@dataclass(frozen=True)
class TrainingChart:
    """A quantity over updates: its words, its axis and the way to (updates,) or, `by_layer`, (depth, updates) values.

    `after` are values that are drawn faintly beside them, `level` is a line across, `has` tells whether a run has
    anything to show of it.
    """

    name: str
    title: str
    unit: str
    log: bool
    full: tuple[float, float] | None
    about: str
    order: int
    by_layer: bool
    values: Callable[[Record], Floats]
    after: Callable[[Record], Floats | None]
    level: Callable[[Record], Level | None]
    has: Callable[[Record], bool]

    def of(self, *records: Record | None) -> bool:
        """Whether any of the runs has something to show."""
        return any(self.has(record) for record in records if record is not None)


@cache
def training_charts() -> tuple[TrainingChart, ...]:
    """All charts of training in the order of their ORDER."""
    package = f"{__package__}.training"
    folder = list(importlib.import_module(package).__path__)
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folder)]
    return tuple(sorted((_chart(module) for module in modules), key=lambda chart: (chart.order, chart.name)))


def training_chart(name: str) -> TrainingChart:
    """One chart by its name; raises UserError with the nearest spelling."""
    named = {chart.name: chart for chart in training_charts()}
    if name not in named:
        raise UserError([unknown("chart of training", name, named)])
    return named[name]


def _chart(module: object) -> TrainingChart:
    metadata = vars(module)
    return TrainingChart(
        metadata["__name__"].rpartition(".")[2],
        metadata["TITLE"],
        metadata.get("UNIT", ""),
        metadata["LOG"],
        metadata.get("RANGE"),
        metadata["__doc__"].splitlines()[0],
        metadata["ORDER"],
        metadata.get("BY_LAYER", False),
        metadata["values"],
        metadata.get("after", _nothing),
        metadata.get("level", _nothing),
        metadata.get("has", _always),
    )


def _nothing(_record: Record) -> None:
    return None


def _always(_record: Record) -> bool:
    return True
