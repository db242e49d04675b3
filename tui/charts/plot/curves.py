"""A quantity by layer or by time step: the network as it is, and over it the network with fixes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....sim.numerics.arrays import Floats
from ....sim.results.trace import Trace
from ..catalog import Chart, chart
from . import axis as scale
from . import canvas
from .area import ChartAxis, Plot
from .grid import Axes, Drawing, Grid, Span
from .legend import GUTTER, NAMES, legend, x_axis


@dataclass(frozen=True)
class ProfilePicture:
    """A chart of one or two traces over layers at one step, or over steps in one layer.

    `at` is that step or layer, from 1 (None: the last); `reached` (first, last) draws only these places, on the
    axes of all. `label` names the fixes, or the other scenario where `own` names the first.
    """

    chart: str
    baseline: Trace
    with_fixes: Trace | None = None
    reached: tuple[int, int] | None = None
    axis: ChartAxis = "layer"
    at: int | None = None
    label: str = NAMES[0][1]
    own: str = NAMES[0][0]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        traces = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes else [])]
        tables = [(role, kind.values(trace)) for role, trace in traces]
        axes = scale.fit_all(kind.name, kind.log, [table for _, table in tables], kind.full, axes)
        curves = [(role, along(table, self.axis, self.at)) for role, table in tables]
        most = max(table.shape[self.axis == "step"] for _, table in tables)
        plot = place_plot(width, height, most, self.axis)
        grid = Grid(width, height)
        found: list[str] = []
        if plot is not None:
            rows = scale_of(plot, axes, [table for _, table in tables])
            names = (self.own, self.label) if len(curves) > 1 and self.reached is None else None
            labels = [info.label for info in self.baseline.layers] if self.axis == "layer" else []
            found = draw_curves(grid, plot, rows, curves, self.reached, braille=braille, names=names, labels=labels)
            found = [nan_word(self.baseline, self.with_fixes) if kind == "NaN" else kind for kind in found]
        where = self._where(max(table.shape[self.axis == "layer"] for _, table in tables))
        runs = names_of(self.label, self.own) if len(curves) > 1 else ()
        legend(grid, _words(kind, self.axis, where, runs, list(dict.fromkeys(found)), braille))
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _where(self, others: int) -> str:
        """Which layer or step it is, where there are several."""
        if others == 1:
            return ""
        return f", {'layer' if self.axis == 'step' else 'step'} {self.at or others}"


def along(table: Floats, axis: ChartAxis, at: int | None) -> Floats:
    """The values along an axis at a place (from 1) of the other; nothing if there is no such place."""
    lines: Floats = table.T if axis == "layer" else table
    if at is not None and at > len(lines):
        return np.empty(0)
    line: Floats = lines[(at or 0) - 1]
    return line


def nan_word(*traces: Trace | None) -> str:
    """What NaN is in these traces: a factor of a layer that no gradient reaches, where no number of a pass is one."""
    if any(trace is not None and trace.layers[0].label for trace in traces):
        return "none"  # not every layer of a chain has every number, at every step
    return "0/0" if all(trace is None or trace.verdict.kind != "nonfinite" for trace in traces) else "NaN"


def place_plot(width: int, height: int, places: int, axis: ChartAxis) -> Plot | None:
    """Where the data go: below the legend, above the numbers of the axis and, if there is room, a line."""
    foot = 2 if height >= 7 else 1
    rows, columns = height - 1 - foot, width - GUTTER
    return Plot(GUTTER, 1, columns, rows, places, axis) if rows >= 1 and columns >= 2 else None


def scale_of(plot: Plot, axes: Axes, tables: Sequence[Floats]) -> scale.Scale:
    """The rows of a plot for these limits, with one for marks where any value of the tables needs one."""
    above = any(not (table < np.inf).all() or (axes.log and bool((table < 0).any())) for table in tables)
    below = any(bool((table == (0 if axes.log else -np.inf)).any()) for table in tables)
    return scale.fit_rows(axes, plot.height, above, below)


def draw_curves(grid: Grid, plot: Plot, rows: scale.Scale, curves: list[tuple[str, Floats]],
                reached: tuple[int, int] | None = None, *, braille: bool = True,
                names: tuple[str, str] | None = None, labels: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """Axes, curves (role and values), marks, and names at the ends of two curves; the kinds of the marks.

    `labels` are names of the places along the axis.
    """
    _frame(grid, plot, rows, braille, labels)
    for role, values in curves:
        _curve(grid, plot, rows, values, reached, role, braille, first=role == "baseline" and len(curves) > 1)
    found = [kind for role, values in curves for kind in _marks(grid, plot, rows, values, reached, role)]
    for (role, values), name in zip(curves, names or (), strict=False):
        _name(grid, plot, rows, values, name, role)
    return found


def row_of(plot: Plot, rows: scale.Scale, height: float) -> int:
    """The row of the drawing for a height from 0 to 1."""
    return plot.top + plot.height - 1 - rows.below - round(height * (rows.rows - 1))


def _frame(grid: Grid, plot: Plot, rows: scale.Scale, braille: bool, labels: Sequence[str]) -> None:
    side, tick = "│┤" if braille else "|+"
    bottom = plot.top + plot.height
    for y in range(plot.top, bottom):
        grid.put(GUTTER - 1, y, side, "axis")
    for row, text in rows.ticks:
        y = bottom - 1 - rows.below - row
        grid.put(0, y, text.rjust(GUTTER - 1), "label")
        grid.put(GUTTER - 1, y, tick, "axis")
    x_axis(grid, plot, braille, grid.height - 1, labels)


def _curve(grid: Grid, plot: Plot, rows: scale.Scale, values: Floats, reached: tuple[int, int] | None, role: str,
           braille: bool, *, first: bool) -> None:  # fmt: skip
    """Draw one curve, the first of two dashed; where they meet, all dots of both are there."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    heights = np.where(_shown(values, reached), scale.fractions(rows.axes, values), np.nan)
    drawn = canvas.curve(x, heights, plot.width, rows.rows, canvas.MARKERS[braille][not first])
    top = row_of(plot, rows, 1.0)
    for y, row in enumerate(canvas.dashed(drawn) if first and braille else drawn, top):
        for column, character in enumerate(row, plot.left):
            if character == " ":
                continue
            old = grid.role(column, y)
            if braille or not (old and column % 2):
                text = canvas.united(grid.character(column, y), character)
                grid.put(column, y, text, old if old and column % 2 else role)


def _name(grid: Grid, plot: Plot, rows: scale.Scale, values: Floats, name: str, role: str) -> None:
    """A curve's name above or below its end, if nothing else stands there."""
    heights = scale.fractions(rows.axes, values)
    ends = np.flatnonzero((heights >= 0) & (heights <= 1))
    if not ends.size:
        return
    end, at = plot.column(int(ends[-1]) + 1) + 1, row_of(plot, rows, float(heights[ends[-1]]))
    left = end - len(name)
    for y in (at + away for away in (-1, 1, -2, 2)):
        free = all(grid.character(x, y) == " " for x in range(left - 1, end + 1))
        if free and left > plot.left and row_of(plot, rows, 1.0) <= y <= row_of(plot, rows, 0.0):
            grid.put(left, y, name, role)
            return


def _shown(values: Floats, reached: tuple[int, int] | None) -> NDArray[np.bool_]:
    first, last = reached or (1, len(values))
    places = np.arange(1, len(values) + 1)
    return (places >= first) & (places <= last)


def _marks(grid: Grid, plot: Plot, rows: scale.Scale, values: Floats, reached: tuple[int, int] | None,
           role: str) -> list[str]:  # fmt: skip
    """Mark zeros, inf and NaN in rows of their own, or at the edges; their kinds, of all places of the curve."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    kinds = list(canvas.marks(x, values, rows.axes.log))
    shown = _shown(values, reached)
    for kind, columns in canvas.marks(x[shown], values[shown], rows.axes.log).items():
        y = plot.top + plot.height - 1 if kind in ("zero", "-inf") else row_of(plot, rows, 1.0) - rows.above
        for column in columns:
            grid.put(plot.left + column, y, canvas.MARKS[kind], role)
    return kinds


def names_of(label: str, own: str = NAMES[0][0]) -> tuple[tuple[str, str], ...]:
    """What the two runs are called, the longest words first."""
    if own != NAMES[0][0]:
        return ((own, label),)
    return tuple(dict.fromkeys(((own, label), (NAMES[1][0], label), *NAMES)))


def _words(kind: Chart, axis: ChartAxis, where: str, runs: tuple[tuple[str, str], ...], found: list[str],
           braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
    """Title, curves and marks; on a narrow screen words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    scale_name = ", log scale" if kind.log else ""
    by = f"{kind.title} by {axis}{where}"
    titles = list(dict.fromkeys([f"{by}{unit}{scale_name}", by, f"{kind.title} by {axis}", kind.title]))
    pairs = [(title, names) for names in runs or (None,) for title in titles]
    if where:  # which layer or step it is matters more than the runs' full names
        pairs.sort(key=lambda pair: titles.index(pair[0]))
    return [(title, entries(names, found, braille)) for title, names in pairs]


def entries(names: tuple[str, str] | None, found: list[str], braille: bool) -> list[Span]:
    """The legend's entries: the two curves, if there are two, and the marks."""
    dashes, solid = ("⠒ ⠒", "⠒⠒⠒") if braille else ("...", "***")
    curves = [(f"{dashes} {names[0]}", "baseline"), (f"{solid} {names[1]}", "fixed")] if names else []
    return [*curves, *((f"{canvas.MARKS[name]} {name}", "label") for name in found)]
