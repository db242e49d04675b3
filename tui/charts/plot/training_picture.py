"""A quantity of a training run as a picture: over the updates, by layer at one update, or both as a heatmap."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....sim.numerics.arrays import Floats
from ....sim.training.run_snapshot import Level, RunSnapshot
from ..training_catalog import TrainingChart, training_chart
from .curves import Window
from .grid import Axes, Drawing
from .heatmap import Across, draw_map
from .legend import NAMES
from .update_curves import UpdatesPicture

TrainingView = Literal["map", "layer"]
"""How a quantity by layer is shown: layers over updates, or by layer at one update."""
ROUND = (1, 2, 5)


@dataclass(frozen=True)
class TrainingPicture:
    """A chart of one or two runs. `updates` are the places of its axis; `at` (from 0) is the update seen by layer.

    Where there is room for one heatmap only, `fixed_first` chooses the run. `window` is the part of the updates that is
    shown, `flipped` changes log to linear or back, `shared` is one scale for both heatmaps.
    """

    chart: str
    baseline: RunSnapshot
    with_fixes: RunSnapshot | None = None
    updates: int = 0
    view: TrainingView = "map"
    at: int = 0
    fixed_first: bool = True
    label: str = NAMES[0][1]
    window: Window = None
    flipped: bool = False
    shared: bool = False
    own: str = NAMES[0][0]

    @property
    def over_layers(self) -> bool:
        """Whether it tells layers apart, which a single one can't be."""
        deep = max(run.scenario.depth for run in (self.baseline, self.with_fixes) if run is not None) > 1
        return deep and training_chart(self.chart).by_layer

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = training_chart(self.chart)
        runs = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes is not None else [])]
        tables = [(role, kind.values(record)) for role, record in runs]
        if not self.over_layers:
            return self._curves(kind).draw(width, height, axes=axes, braille=braille)
        if self.view == "layer":
            return self._by_layer(kind, [table for _, table in tables]).draw(width, height, axes=axes, braille=braille)
        places = max(self.updates, *(table.shape[1] for _, table in tables))
        across = Across("update", places, None, self.window, self.shared)
        first = {role: place for role, record in runs if (place := first_place(record))}
        return draw_map(
            kind,
            tables,
            (width, height),
            across,
            self.fixed_first,
            axes,
            braille,
            first,
            names=NAMES[0] if self.own == NAMES[0][0] else (self.own, self.label),
        )

    def _curves(self, kind: TrainingChart) -> UpdatesPicture:
        """Over updates."""
        own, with_fixes = kind.values(self.baseline), kind.values(self.with_fixes) if self.with_fixes else None
        if kind.by_layer:
            own, with_fixes = own[0], with_fixes[0] if with_fixes is not None else None
        after = (kind.after(self.baseline), kind.after(self.with_fixes) if self.with_fixes else None)
        return UpdatesPicture(kind.title, own, with_fixes, kind.log, self.updates, kind.full, after,
                              self._levels(kind), label=self.label, window=self.window,
                              flipped=self.flipped, own=self.own)  # fmt: skip

    def _by_layer(self, kind: TrainingChart, tables: list[Floats]) -> UpdatesPicture:
        """By layer at one update; a run that has not made it yet shows nothing."""
        lines = [table[:, self.at] if self.at < table.shape[1] else np.empty(0) for table in tables]
        depth = max(len(table) for table in tables)
        return UpdatesPicture(kind.title, lines[0], lines[1] if len(lines) > 1 else None, kind.log, depth, kind.full,
                              levels=self._levels(kind), limits=tuple(tables), axis="layer",
                              where=f", update {self.at}", label=self.label, flipped=self.flipped,
                              own=self.own)  # fmt: skip

    def _levels(self, kind: TrainingChart) -> tuple[Level, ...]:
        levels = [kind.level(record) for record in (self.baseline, self.with_fixes) if record is not None]
        return tuple(dict.fromkeys(level for level in levels if level is not None))


def first_place(record: RunSnapshot) -> tuple[int, int] | None:
    """The layer and the place on the axis of the first number that was not finite; the readout counts as the last."""
    first = record.first_nonfinite
    if first is None or first.iteration is None:
        return None
    return min(max(first.layer, 1), record.layers["gradient_rms"].shape[1]), first.iteration + 1


def horizon(made: int, iterations: int) -> int:
    """How many updates an axis shows: a round number that those made fit into, at most all of the run."""
    size: int = next(n * 10**e for e in range(1, 9) for n in ROUND if n * 10**e >= made)
    return max(min(size, iterations), made, 1)
