"""The charts of a training run: a file of the menu `update_quantities` is a chart."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...sim import registry
from ...sim.errors import choose
from ...sim.numerics.arrays import Floats
from ...sim.scenario.quantities import over_updates
from ...sim.training.run_snapshot import Level, RunSnapshot

DEFAULT = "loss"


@dataclass(frozen=True)
class TrainingChart:
    """A quantity over updates: its words, its axis and the way to (updates,) or, `by_layer`, (depth, updates) values.

    `after` are values that are drawn faintly beside them, `level` is a line across, `hint` a sentence of what they
    suggest, or "", and `has` tells whether a run has anything to show of it. What is `by_layer` is shown as `view`
    says, unless another is asked for.
    """

    name: str
    title: str
    unit: str
    log: bool
    full: tuple[float, float] | None
    about: str
    by_layer: bool
    view: Literal["map", "layer"]
    values: Callable[[RunSnapshot], Floats]
    after: Callable[[RunSnapshot], Floats | None]
    level: Callable[[RunSnapshot], Level | None]
    hint: Callable[[RunSnapshot], str]
    has: Callable[[RunSnapshot], bool]

    def of(self, *records: RunSnapshot | None) -> bool:
        """Whether any of the runs has something to show."""
        return any(self.has(record) for record in records if record is not None)


def training_charts() -> tuple[TrainingChart, ...]:
    """All charts of training in the order of their ORDER."""
    return _charts(registry.folders("update_quantities"))


def training_chart(name: str) -> TrainingChart:
    """One chart by its name; raises UserError with the nearest spelling."""
    return choose("chart of training", name, {chart.name: chart for chart in training_charts()})


@cache
def _charts(_folders: tuple[str, ...]) -> tuple[TrainingChart, ...]:
    return tuple(_chart(name, registry.load("update_quantities", name)) for name in over_updates())


def _chart(name: str, module: object) -> TrainingChart:
    metadata = vars(module)
    return TrainingChart(
        name,
        metadata["TITLE"],
        metadata.get("UNIT", ""),
        metadata["LOG"],
        metadata.get("RANGE"),
        metadata["__doc__"].splitlines()[0],
        metadata.get("BY_LAYER", False),
        metadata.get("VIEW", "map"),
        metadata["values"],
        metadata.get("after", _nothing),
        metadata.get("level", _nothing),
        metadata.get("hint", _silent),
        metadata.get("has", _always),
    )


def _nothing(_record: RunSnapshot) -> None:
    return None


def _silent(_record: RunSnapshot) -> str:
    return ""


def _always(_record: RunSnapshot) -> bool:
    return True
