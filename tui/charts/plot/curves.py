"""Curves on a plot: axes, lines in half columns, marks of what has no place, and names at the ends of two."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.numerics.arrays import Floats
from . import axis as scale
from . import canvas
from .area import ChartAxis, Plot
from .grid import Axes, Grid
from .legend import GUTTER, x_axis

APART = 2  # rows between the ends of two curves from which they are named there, else where they begin
Window = tuple[int, int] | None
"""The first and the last place that are drawn; None of all."""


class Curve(NamedTuple):
    """Values of a run, from the place `first` on: a net with fewer layers ends where the other ends, at the loss."""

    role: str
    values: Floats
    first: int = 1


def goes_log(usual: bool, flipped: bool, tables: Sequence[Floats]) -> bool:
    """Whether the axis is logarithmic: as usual, or else if asked for, unless a value is below 0."""
    log = usual != flipped
    return log and (usual or not any(bool((table < 0).any()) for table in tables))


def within(curve: Curve, window: tuple[int, int]) -> Floats:
    """The values of a curve that are within a window."""
    return curve.values[max(window[0] - curve.first, 0) : max(window[1] - curve.first + 1, 0)]


def place_plot(width: int, height: int, places: int, axis: ChartAxis, offset: int = 0,
               word: str = "") -> Plot | None:  # fmt: skip
    """Where the data go: below the legend, above the numbers of the axis and, if there is room, a line."""
    foot = 2 if height >= 7 else 1
    rows, columns = height - 1 - foot, width - GUTTER
    return Plot(GUTTER, 1, columns, rows, places, axis, offset, word=word) if rows >= 1 and columns >= 2 else None


def scale_of(plot: Plot, axes: Axes, tables: Sequence[Floats]) -> scale.Scale:
    """The rows of a plot for these limits, with one for marks where any value of the tables needs one."""
    above = any(not (table < np.inf).all() or (axes.log and bool((table < 0).any())) for table in tables)
    below = any(bool((table == (0 if axes.log else -np.inf)).any()) for table in tables)
    return scale.fit_rows(axes, plot.height, above, below)


def draw_curves(grid: Grid, plot: Plot, rows: scale.Scale, curves: Sequence[Curve],
                reached: tuple[int, int] | None = None, *, braille: bool = True,
                names: tuple[str, str] | None = None, labels: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """Axes, curves, marks, and names at the ends of two curves; the kinds of the marks.

    `labels` are names of the places along the axis.
    """
    _frame(grid, plot, rows, braille, labels)
    lines = [Line(curve, plot, reached) for curve in curves]
    for line in lines:
        _curve(grid, plot, rows, line, braille, first=line.role == "baseline" and len(curves) > 1)
    marks = [kind for line in lines for kind in _marks(grid, plot, rows, line)]
    at_end = len(lines) < 2 or _apart(rows, lines)
    for line, name in zip(lines, names or (), strict=False):
        _name(grid, plot, rows, line, name, at_end)
    return marks


def _apart(rows: scale.Scale, lines: list["Line"]) -> bool:
    """Whether two curves end at least two rows apart."""
    ends = [float(scale.fractions(rows.axes, line.values[-1:])[0]) if len(line.values) else np.nan for line in lines]
    return not abs(ends[0] - ends[1]) * rows.rows < APART


class Line:
    """What is drawn of a curve: the half columns of its places, its values, and which of them are shown."""

    def __init__(self, curve: Curve, plot: Plot, reached: tuple[int, int] | None):
        self.role = curve.role
        places = np.arange(curve.first, curve.first + len(curve.values)) - plot.offset
        inside = (places >= 1) & (places <= plot.depth)
        self.places, self.values = places[inside], curve.values[inside]
        self.x = canvas.dots(plot.depth, plot.depth, plot.width)[self.places - 1]
        first, last = (place - plot.offset for place in reached) if reached else (1, plot.depth)
        self.shown: NDArray[np.bool_] = (self.places >= first) & (self.places <= last)


def row_of(plot: Plot, rows: scale.Scale, height: float) -> int:
    """The row of the drawing for a height from 0 to 1."""
    return plot.top + plot.height - 1 - rows.below - round(height * (rows.rows - 1))


def say_empty(grid: Grid, plot: Plot, words: str) -> None:
    """Words in the middle of a plot that has nothing to show, if they fit."""
    lines = textwrap.wrap(words, max(plot.width - 4, 10))
    top = plot.top + (plot.height - len(lines)) // 2
    if len(lines) + 2 <= plot.height:
        for y, line in enumerate(lines, top):
            grid.put(plot.left + (plot.width - len(line)) // 2, y, line, "label")


def _frame(grid: Grid, plot: Plot, rows: scale.Scale, braille: bool, labels: Sequence[str]) -> None:
    side, tick = "│┤" if braille else "|+"
    bottom = plot.top + plot.height
    for y in range(plot.top, bottom):
        grid.put(GUTTER - 1, y, side, "axis")
    for row in rows.minor:
        grid.put(GUTTER - 1, bottom - 1 - rows.below - row, tick, "axis")
    for row, text in rows.ticks:
        y = bottom - 1 - rows.below - row
        grid.put(0, y, text.rjust(GUTTER - 1), "label")
        grid.put(GUTTER - 1, y, tick, "axis")
    x_axis(grid, plot, braille, grid.height - 1, labels)


def _curve(grid: Grid, plot: Plot, rows: scale.Scale, line: Line, braille: bool, *, first: bool) -> None:
    """Draw one curve, the first of two dashed; where they meet, all dots of both are there."""
    heights = np.where(line.shown, scale.fractions(rows.axes, line.values), np.nan)
    drawn = canvas.curve(line.x, heights, plot.width, rows.rows, canvas.MARKERS[braille][not first])
    top = row_of(plot, rows, 1.0)
    for y, row in enumerate(canvas.dashed(drawn) if first and braille else drawn, top):
        for column, character in enumerate(row, plot.left):
            if character == " ":
                continue
            old = grid.role(column, y)
            if braille or not (old and column % 2):
                text = canvas.united(grid.character(column, y), character)
                grid.put(column, y, text, old if old and column % 2 else line.role)


def _name(grid: Grid, plot: Plot, rows: scale.Scale, line: Line, name: str, at_end: bool) -> None:
    """A curve's name above or below its end, or where it begins, if nothing else stands there."""
    heights = scale.fractions(rows.axes, line.values)
    known = np.flatnonzero((heights >= 0) & (heights <= 1))
    if not known.size:
        return
    place = known[-1 if at_end else 0]
    x, at = plot.left + int(line.x[place]) // 2, row_of(plot, rows, float(heights[place]))
    left = x + 1 - len(name) if at_end else x + 1
    for y in (at + away for away in (-1, 1, -2, 2, -3, 3)):
        free = all(grid.character(x, y) == " " for x in range(left - 1, left + len(name) + 1))
        inside = plot.left < left and left + len(name) <= plot.left + plot.width
        if free and inside and row_of(plot, rows, 1.0) <= y <= row_of(plot, rows, 0.0):
            grid.put(left, y, name, line.role)
            return


def _marks(grid: Grid, plot: Plot, rows: scale.Scale, line: Line) -> list[str]:
    """Mark zeros, inf and NaN in rows of their own, or at the edges; their kinds, of all places of the curve."""
    kinds = list(canvas.marks(line.x, line.values, rows.axes.log))
    for kind, columns in canvas.marks(line.x[line.shown], line.values[line.shown], rows.axes.log).items():
        y = plot.top + plot.height - 1 if kind in ("zero", "-inf") else row_of(plot, rows, 1.0) - rows.above
        for column in columns:
            grid.put(plot.left + column, y, canvas.MARKS[kind], line.role)
    return kinds
