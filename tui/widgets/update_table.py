"""The numbers of the update under the cursor, of both runs: how it learns, and what becomes of the gradient."""

from typing import ClassVar

import numpy as np

from ...sim.numbers import percent, short
from ..charts.drawing import Row
from ..charts.record import Record
from ..glyphs import glyphs
from .cells import Cells, merge, table
from .lines import Lines, length

NAME = 13


class UpdateTable(Lines):
    """Two small tables, beside each other where there is room; what is the same all along is left out."""

    help: ClassVar[str] = (
        "The update under the cursor: the loss and the accuracy of its batch before the update, the learning rate, and "
        "the layers whose weights it changed least and most, size of update over size of weights. Then the norm of "
        "the gradient of all parameters, its norm after clipping, whether clipping acted and how often so far, and the "
        "cosine between the two: below 1 the direction was bent."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Record | None = None
        self._fixed: Record | None = None
        self._update, self._of = 0, 1

    def show(self, baseline: Record | None, fixed: Record | None, update: int, of: int) -> None:
        """Look at one update (from 0) of both runs, of so many of a complete run."""
        self._baseline, self._fixed, self._update, self._of = baseline, fixed, update, of
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Three lines where both tables fit beside each other, else six."""
        if self._baseline is None:
            return [()] * 3
        head = f" update {self._update} of {self._of}"
        name = max(NAME, len(head) + 1)
        first, second = (
            table(merge(cells(self._baseline, self._update), cells(self._fixed, self._update)), self._fixed is not None,
                  width - name, 0, lambda _: False)
            for cells in (learning, gradient)
        )  # fmt: skip
        left = self._named(head, first, name)
        bars = [f"  {glyphs().bar} "] * 3
        if length(left[0]) + length(second[0]) + len(bars[0]) + 2 <= width:
            return [(*row, (bar, "label"), *more) for row, bar, more in zip(left, bars, second, strict=True)]
        return left + self._named("", second, name)

    def _named(self, head: str, rows: list[Row], width: int) -> list[Row]:
        """A table with a heading and the names of the runs before it."""
        names = ((head, "title"), (" as it is", "baseline"), (" with fixes", "fixed" if self._fixed else "label"))
        return [((text.ljust(width), role), *row) for (text, role), row in zip(names, rows, strict=True)]


def learning(record: Record | None, update: int) -> Cells:
    """By heading: loss, accuracy, learning rate, and which layers were changed least and most."""
    if record is None or update >= len(record):
        return {}
    at = {name: float(column[update]) for name, column in record.numbers.items()}
    cells: Cells = {"loss": (" ", short(at["loss"], 3))}
    if not np.isnan(record.numbers["accuracy"]).all():
        cells["accuracy"] = (" ", percent(at["accuracy"]))
    cells["learning rate"] = (" ", short(at["learning_rate"]))
    ratio = record.update_ratio[update]
    known = np.where(np.isfinite(ratio), ratio, np.nan)
    for heading, choose in (("least update", np.nanargmin), ("most update", np.nanargmax)):
        none = np.isnan(known).all()
        layer = 0 if none else int(choose(known))
        cells[heading] = (" ", glyphs().dash if none else f"{short(float(ratio[layer]))} in {layer + 1}")
    if (record.numbers["loss_scale"] != 1).any():
        cells["loss scale"] = (" ", short(at["loss_scale"]))
    return cells


def gradient(record: Record | None, update: int) -> Cells:
    """By heading: the gradient's norm, what clipping did to it, and what was lost."""
    if record is None or update >= len(record):
        return {}
    at = {name: float(column[update]) for name, column in record.numbers.items()}
    cells: Cells = {"gradient norm": (" ", short(at["gradient_norm"], 3))}
    if record.clips:
        cells["after clipping"] = (" ", short(at["clipped_norm"], 3))
        cells["clipped"] = (" ", "yes" if at["clipped"] else "no")
        cells["so far"] = (" ", f"{int(record.fired[update])} of {update + 1}")
        cells["cosine"] = (" ", short(at["cosine"], 3))
    if record.numbers["skipped"].any():
        cells["skipped"] = (" ", "yes" if at["skipped"] else "no")
    if record.numbers["bad_gradients"].any():
        cells["gradient lost"] = (" ", percent(at["bad_gradients"]))
    if record.numbers["bad_parameters"].any():
        cells["weights lost"] = (" ", percent(at["bad_parameters"]))
    return cells
