"""A quantity by layer, or by step in one layer: the network as it is, and over it the network with fixes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...sim.trace import Trace
from . import canvas, scale
from .drawing import Axes, Drawing, Grid, Plot, Run
from .menu import Chart, chart
from .scale import Floats

GUTTER = scale.LABEL_WIDTH + 1
NAMES = (("as it is", "with fixes"), ("as is", "fixed"))  # in full, and where there is little room


@dataclass(frozen=True)
class ProfilePicture:
    """A chart of one or two traces; `reached` (first, last) draws only these layers, on the axes of all.

    Along "step" each trace shows the layer that is worst over time.
    """

    chart: str
    baseline: Trace
    fixed: Trace | None = None
    reached: tuple[int, int] | None = None
    step: int = -1
    axis: str = "layer"

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        curves = [("baseline", self._values(kind, self.baseline))]
        if self.fixed is not None:
            curves.append(("fixed", self._values(kind, self.fixed)))
        everything = np.concatenate([values for _, values in curves])
        axes = scale.fit(kind.name, kind.log, everything, kind.full, axes)
        plot = _place(width, height, max(len(values) for _, values in curves))
        grid = Grid(width, height)
        found: list[str] = []
        if plot is not None:
            _frame(grid, plot, axes, braille, self.axis)
            for role, values in curves:
                marker = (canvas.DOTTED if role == "baseline" and len(curves) > 1 else canvas.SOLID)[braille]
                _curve(grid, plot, axes, values, self.reached, marker, role)
            for role, values in curves:  # on top of all curves
                found += _marks(grid, plot, axes, values, self.reached, role)
        _legend(grid, kind, len(curves) > 1, list(dict.fromkeys(found)), braille, self.axis)
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _values(self, kind: Chart, trace: Trace) -> Floats:
        values = kind.values(trace)
        return values[trace.verdict.layer - 1] if self.axis == "step" else values[:, self.step]


def _place(width: int, height: int, depth: int) -> Plot | None:
    """Where the layers go: below the legend, above the layers' numbers and, if there is room, a line."""
    foot = 2 if height >= 7 else 1
    rows, columns = height - 1 - foot, width - GUTTER
    return Plot(GUTTER, 1, columns, rows, depth) if rows >= 1 and columns >= 2 else None


def _frame(grid: Grid, plot: Plot, axes: Axes, braille: bool, axis: str) -> None:
    side, tick, corner, line, cross = "│┤└─┬" if braille else "|++-+"
    bottom = plot.top + plot.height
    for y in range(plot.top, bottom):
        grid.put(GUTTER - 1, y, side, "axis")
    for share, text in scale.ticks(axes, plot.height):
        y = bottom - 1 - round(share * (plot.height - 1))
        grid.put(0, y, text.rjust(GUTTER - 1), "label")
        grid.put(GUTTER - 1, y, tick, "axis")
    has_line = bottom < grid.height - 1
    if has_line:
        grid.put(GUTTER - 1, bottom, corner + line * plot.width, "axis")
    for layer, x in _layer_ticks(plot):
        if has_line:
            grid.put(plot.column(layer), bottom, cross, "axis")
        grid.put(x, grid.height - 1, str(layer), "label")
    grid.put(0, grid.height - 1, axis, "label")


def _layer_ticks(plot: Plot) -> list[tuple[int, int]]:
    """Layers worth a number and the column where that number starts: the first, round ones, the last."""
    room = max(len(str(plot.depth)) + 3, 8)
    most = max(1, plot.width // room)
    step = next(n for e in range(8) for n in (10**e, 2 * 10**e, 5 * 10**e) if n * most >= plot.depth)
    chosen: list[tuple[int, int]] = []
    last = (plot.depth, min(plot.column(plot.depth), plot.left + plot.width - len(str(plot.depth))))
    for layer in [1, *range(step, plot.depth, step)]:
        x = plot.column(layer)
        free = chosen[-1][1] + len(str(chosen[-1][0])) + 1 if chosen else plot.left
        if x >= free and x + len(str(layer)) < last[1] and layer < plot.depth:
            chosen.append((layer, x))
    return [*chosen, last]


def _curve(grid: Grid, plot: Plot, axes: Axes, values: Floats, reached: tuple[int, int] | None,
           marker: str, role: str) -> None:  # fmt: skip
    """Draw one curve; where it runs over another, both show in turn."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    heights = np.where(_shown(values, reached), scale.fractions(axes, values), np.nan)
    for y, row in enumerate(canvas.curve(x, heights, plot.width, plot.height, marker)):
        for column, character in enumerate(row):
            taken = grid.role(plot.left + column, plot.top + y) == "baseline"
            if not (taken and column % 2):
                grid.put(plot.left + column, plot.top + y, character, role, blanks=False)


def _shown(values: Floats, reached: tuple[int, int] | None) -> NDArray[np.bool_]:
    first, last = reached or (1, len(values))
    layers = np.arange(1, len(values) + 1)
    return (layers >= first) & (layers <= last)


def _marks(grid: Grid, plot: Plot, axes: Axes, values: Floats, reached: tuple[int, int] | None,
           role: str) -> list[str]:  # fmt: skip
    """Mark the zeros, inf and NaN of one curve at the edges; their kinds, of all its layers."""
    x = canvas.dots(len(values), plot.depth, plot.width)
    kinds = list(canvas.marks(x, values, axes.log))
    shown = _shown(values, reached)
    for kind, columns in canvas.marks(x[shown], values[shown], axes.log).items():
        y = plot.top + (plot.height - 1 if kind in ("zero", "-inf") else 0)
        for column in columns:
            grid.put(plot.left + column, y, canvas.MARKS[kind], role)
    return kinds


def _legend(grid: Grid, kind: Chart, two: bool, found: list[str], braille: bool, axis: str) -> None:
    """Title, curves and marks in the first row; on a narrow screen words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    scale_name = ", log scale" if kind.log else ""
    titles = [f"{kind.title} by {axis}{unit}{scale_name}", f"{kind.title} by {axis}", kind.title]
    choices = [(title, _entries(names, two, found, braille)) for names in NAMES for title in titles]
    title, entries = next((choice for choice in choices if _length(*choice) <= grid.width), choices[-1])
    grid.put(0, 0, title, "title")
    x = max(len(title) + 2, min(grid.width - _length("", entries) + 2, GUTTER + 34))
    for text, role in entries:
        grid.put(x, 0, text, role)
        x += len(text) + 2


def _entries(names: tuple[str, str], two: bool, found: list[str], braille: bool) -> list[Run]:
    dotted, solid = ("••", "⠒⠒") if braille else ("..", "**")
    curves = [(f"{dotted} {names[0]}", "baseline"), (f"{solid} {names[1]}", "fixed")] if two else []
    return [*curves, *((f"{canvas.MARKS[name]} {name}", "label") for name in found)]


def _length(title: str, entries: list[Run]) -> int:
    return len(title) + sum(len(text) + 2 for text, _ in entries)
