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
from .area import Axis, Plot
from .grid import Axes, Drawing, Grid, Span
from .legend import GUTTER, NAMES, legend, x_axis


@dataclass(frozen=True)
class ProfilePicture:
    """A chart of one or two traces over layers at one step, or over steps in one layer.

    `at` is that step or layer, from 1 (None: the last); `reached` (first, last) draws only these places, on the
    axes of all.
    """

    chart: str
    baseline: Trace
    with_fixes: Trace | None = None
    reached: tuple[int, int] | None = None
    axis: Axis = "layer"
    at: int | None = None

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        traces = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes else [])]
        tables = [(role, kind.values(trace)) for role, trace in traces]
        axes = scale.fit_all(kind.name, kind.log, [table for _, table in tables], kind.full, axes)
        curves = [(role, along(table, self.axis, self.at)) for role, table in tables]
        plot = place_plot(width, height, max(table.shape[self.axis == "step"] for _, table in tables), self.axis)
        grid = Grid(width, height)
        found: list[str] = []
        if plot is not None:
            labels = [info.label for info in self.baseline.layers] if self.axis == "layer" else []
            found = draw_curves(grid, plot, axes, curves, self.reached, braille=braille, labels=labels)
            found = [nan_word(self.baseline, self.with_fixes) if kind == "NaN" else kind for kind in found]
        where = self._where(max(table.shape[self.axis == "layer"] for _, table in tables))
        legend(grid, _words(kind, self.axis, where, len(curves) > 1, list(dict.fromkeys(found)), braille))
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _where(self, others: int) -> str:
        """Which layer or step it is, where there are several."""
        if others == 1:
            return ""
        return f", {'layer' if self.axis == 'step' else 'step'} {self.at or others}"


def along(table: Floats, axis: Axis, at: int | None) -> Floats:
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


def place_plot(width: int, height: int, places: int, axis: Axis) -> Plot | None:
    """Where the data go: below the legend, above the numbers of the axis and, if there is room, a line."""
    foot = 2 if height >= 7 else 1
    rows, columns = height - 1 - foot, width - GUTTER
    return Plot(GUTTER, 1, columns, rows, places, axis) if rows >= 1 and columns >= 2 else None


def draw_curves(grid: Grid, plot: Plot, axes: Axes, curves: list[tuple[str, Floats]],
                reached: tuple[int, int] | None = None, *, braille: bool = True,
                labels: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """Axes, curves (role and values), and marks on top of all curves; the kinds of the marks.

    `labels` are names of the places along the axis.
    """
    _frame(grid, plot, axes, braille, labels)
    for role, values in curves:
        marker = (canvas.DOTTED if role == "baseline" and len(curves) > 1 else canvas.SOLID)[braille]
        _curve(grid, plot, axes, values, reached, marker, role)
    return [kind for role, values in curves for kind in _marks(grid, plot, axes, values, reached, role)]


def _frame(grid: Grid, plot: Plot, axes: Axes, braille: bool, labels: Sequence[str]) -> None:
    side, tick = "│┤" if braille else "|+"
    bottom = plot.top + plot.height
    for y in range(plot.top, bottom):
        grid.put(GUTTER - 1, y, side, "axis")
    for share, text in scale.ticks(axes, plot.height):
        y = bottom - 1 - round(share * (plot.height - 1))
        grid.put(0, y, text.rjust(GUTTER - 1), "label")
        grid.put(GUTTER - 1, y, tick, "axis")
    x_axis(grid, plot, braille, grid.height - 1, labels)


def _curve(grid: Grid, plot: Plot, axes: Axes, values: Floats, reached: tuple[int, int] | None,
           marker: str, role: str) -> None:  # fmt: skip
    """Draw one curve; where it runs over another, both show in turn."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    heights = np.where(_shown(values, reached), scale.fractions(axes, values), np.nan)
    for y, row in enumerate(canvas.curve(x, heights, plot.width, plot.height, marker)):
        for column, character in enumerate(row):
            if character != " " and not (column % 2 and grid.role(plot.left + column, plot.top + y) == "baseline"):
                grid.put(plot.left + column, plot.top + y, character, role)


def _shown(values: Floats, reached: tuple[int, int] | None) -> NDArray[np.bool_]:
    first, last = reached or (1, len(values))
    places = np.arange(1, len(values) + 1)
    return (places >= first) & (places <= last)


def _marks(grid: Grid, plot: Plot, axes: Axes, values: Floats, reached: tuple[int, int] | None,
           role: str) -> list[str]:  # fmt: skip
    """Mark the zeros, inf and NaN of one curve at the edges; their kinds, of all its places."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    kinds = list(canvas.marks(x, values, axes.log))
    shown = _shown(values, reached)
    for kind, columns in canvas.marks(x[shown], values[shown], axes.log).items():
        y = plot.top + (plot.height - 1 if kind in ("zero", "-inf") else 0)
        for column in columns:
            grid.put(plot.left + column, y, canvas.MARKS[kind], role)
    return kinds


def _words(kind: Chart, axis: Axis, where: str, two: bool, found: list[str],
           braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
    """Title, curves and marks; on a narrow screen words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    scale_name = ", log scale" if kind.log else ""
    by = f"{kind.title} by {axis}{where}"
    titles = list(dict.fromkeys([f"{by}{unit}{scale_name}", by, f"{kind.title} by {axis}", kind.title]))
    pairs = [(title, names) for names in NAMES for title in titles]
    if where:  # which layer or step it is matters more than the runs' full names
        pairs.sort(key=lambda pair: titles.index(pair[0]))
    return [(title, entries(names, two, found, braille)) for title, names in pairs]


def entries(names: tuple[str, str], two: bool, found: list[str], braille: bool) -> list[Span]:
    """The legend's entries: the two curves, if there are two, and the marks."""
    dotted, solid = ("••", "⠒⠒") if braille else ("..", "**")
    curves = [(f"{dotted} {names[0]}", "baseline"), (f"{solid} {names[1]}", "fixed")] if two else []
    return [*curves, *((f"{canvas.MARKS[name]} {name}", "label") for name in found)]
