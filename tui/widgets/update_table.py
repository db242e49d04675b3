"""The numbers of the update under the cursor, of both runs: how it learns, and what becomes of the gradient."""

from typing import ClassVar

import numpy as np

from ...sim.numerics.arrays import Floats
from ...sim.text import format_number, percent
from ...sim.training.run_snapshot import RunSnapshot
from ..charts.plot.grid import Row
from ..charts.plot.legend import NAMES
from ..charts.plot.rule import ruled
from ..terminal.glyphs import glyphs, has_braille
from .cells import Cells, Column, beside, fitting, merge, table
from .text_rows import TextRows

NAME = 13


class UpdateTable(TextRows):
    """One table; what has no room stands below, and what is the same all along is left out."""

    help: ClassVar[str] = (
        "The update under the cursor: the loss and the accuracy of its batch before the update, the norm of the "
        "gradient of all parameters, and the layers whose weights it changed least and most: size of update over size "
        "of weights. Where gradients are clipped: their norm after it, whether clipping acted and how often so far, "
        "and the cosine between the two; below 1 the direction was bent."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: RunSnapshot | None = None
        self._with_fixes: RunSnapshot | None = None
        self._update, self._of = 0, 1
        self._brief = False
        self._called = NAMES[0]

    def show(self, baseline: RunSnapshot | None, with_fixes: RunSnapshot | None, update: int, of: int, brief: bool,
             called: tuple[str, str] = NAMES[0]) -> None:  # fmt: skip
        """Look at one update (from 0) of both runs, of so many of a complete run; in brief in one table only."""
        self._brief, self._called = brief, called
        self._baseline, self._with_fixes, self._update, self._of = baseline, with_fixes, update, of
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """A heading and a line a run; both tables beside each other where they fit, else below each other."""
        if self._baseline is None:
            return [()] * 2
        runs = [run for run in (self._baseline, self._with_fixes) if run is not None]
        names = (f"  update {self._update} of {self._of} ", *(f" {name} " for name in self._called))
        two, name = self._with_fixes is not None, max(NAME, *map(len, names))
        columns = [
            column for cells in (learning, clipping) for column in
            merge(*(cells(run, self._update, runs) if run else {} for run in (self._baseline, self._with_fixes)))
        ]  # fmt: skip
        count = fitting(columns, width - name)
        rows = self._named(names, columns[:count], two, name)
        below = columns[count:]
        rows = [ruled(rows[0], width, has_braille()), *rows[1:]]
        if not two:
            return [*rows, beside(below, width, lambda _: False)]
        below = below[: fitting(below, width - name)]
        return rows if not below or self._brief else [*rows, *self._named(("", *names[1:]), below, two, name)]

    def _named(self, names: tuple[str, ...], columns: list[Column], two: bool, width: int) -> list[Row]:
        """A table with a heading and the names of the runs before it."""
        roles = ("title", "baseline", "fixed")
        rows = table(columns, two, lambda _: False)
        return [((text.ljust(width), role), *row) for text, role, row in zip(names, roles, rows, strict=False)]


def learning(record: RunSnapshot, update: int, runs: list[RunSnapshot]) -> Cells:
    """By heading: loss, accuracy, the gradient's norm, which layers were changed least and most, what was lost."""
    if update >= len(record):
        return {}
    at = {name: float(column[update]) for name, column in record.numbers.items()}
    cells: Cells = {"loss": (" ", format_number(at["loss"], 3))}
    if not np.isnan(record.numbers["accuracy"]).all():
        cells["accuracy"] = (" ", percent(at["accuracy"]))
    cells["gradient norm"] = (" ", format_number(at["gradient_norm"], 3))
    if any(run.numbers["bad_parameters"].any() for run in runs):
        cells["weights lost"] = (" ", percent(at["bad_parameters"]))
    if _differ([run.numbers["learning_rate"] for run in runs]):
        cells["learning rate"] = (" ", format_number(at["learning_rate"]))
    known = np.where(np.isfinite(record.update_ratio[update]), record.update_ratio[update], np.nan)
    for heading, choose in (("least update", np.nanargmin), ("most update", np.nanargmax)):
        layer = None if np.isnan(known).all() else int(choose(known))
        cells[heading] = (
            " ",
            glyphs().dash if layer is None else f"{format_number(float(known[layer]))} in {layer + 1}",
        )
    return cells


def clipping(record: RunSnapshot, update: int, runs: list[RunSnapshot]) -> Cells:
    """By heading: what clipping and the loss scale did to the gradient, as far as any run has them."""
    if update >= len(record):
        return {}
    at = {name: float(column[update]) for name, column in record.numbers.items()}
    cells: Cells = {}
    if record.clips:
        cells["after clipping"] = (" ", format_number(at["clipped_norm"], 3))
        cells["clipped"] = (" ", "yes" if at["clipped"] else "no")
        cells["so far"] = (" ", f"{int(record.fired[update])} of {update + 1}")
        cells["cosine"] = (" ", format_number(at["cosine"], 3))
    if _differ([run.numbers["loss_scale"] for run in runs]):
        cells["loss scale"] = (" ", format_number(at["loss_scale"]))
    if any(run.numbers["skipped"].any() for run in runs):
        cells["skipped"] = (" ", "yes" if at["skipped"] else "no")
    return cells


def _differ(columns: list[Floats]) -> bool:
    """Whether a number is another anywhere in the runs."""
    return len(np.unique(np.concatenate(columns))) > 1
