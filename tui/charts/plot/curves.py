"""A quantity by layer or by time step: the network as it is, and over it the network with fixes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.analysis.verdict import EXPLODING, VANISHING
from ....sim.numerics.arrays import Floats
from ....sim.results.trace import Trace
from ..catalog import Chart, chart
from . import axis as scale
from . import canvas
from .area import ChartAxis, Plot
from .grid import Axes, Drawing, Grid, Span
from .legend import GUTTER, NAMES, legend, x_axis

LEVEL = {True: "╌", False: "-"}
BAND = {True: "░", False: "'"}
HEALTHY = "healthy"
APART = 2  # rows between the ends of two curves from which they are named there, else where they begin
Window = tuple[int, int] | None
"""The first and the last place that are drawn; None of all."""


class Curve(NamedTuple):
    """Values of a run, from the place `first` on: a net with fewer layers ends where the other ends, at the loss."""

    role: str
    values: Floats
    first: int = 1


@dataclass(frozen=True)
class ProfilePicture:
    """A chart of one or two traces over layers at one step, or over steps in one layer.

    `at` is that step or layer, from 1 (None: the last); `reached` (first, last) draws only these places, on the
    axes of all, and `window` only these, on axes of their own. `label` names the fixes, or the other scenario where
    `own` names the first. `relative` shows a quantity that the verdict is about as shares of its last place; `flipped`
    is linear what is logarithmic otherwise.
    """

    chart: str
    baseline: Trace
    with_fixes: Trace | None = None
    reached: tuple[int, int] | None = None
    axis: ChartAxis = "layer"
    at: int | None = None
    label: str = NAMES[0][1]
    window: Window = None
    relative: bool = False
    flipped: bool = False
    own: str = NAMES[0][0]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        traces = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes else [])]
        tables = [kind.values(trace) for _, trace in traces]
        most, others = (max(table.shape[axis] for table in tables) for axis in self._axes)
        shares = [shares_of_last(table, self.axis) for table in tables] if self.relative and kind.relative else []
        relative = bool(shares) and all(share is not None for share in shares)
        tables = [share for share in shares if share is not None] if relative else tables
        log = goes_log(kind.log, self.flipped, tables)
        window = self.window or (1, most)
        curves = []
        for (role, _), table in zip(traces, tables, strict=True):
            at = None if self.at is None else self.at - (others - table.shape[self._axes[1]])
            curves.append(Curve(role, along(table, self.axis, at), 1 + most - table.shape[self._axes[0]]))
        seen = tables if self.window is None else [within(curve, window) for curve in curves]
        limits = [*seen, np.array([VANISHING, 1.0])] if relative and log else seen
        old = None if relative else axes  # the band holds it
        axes = scale.fit_all(f"{kind.name}{', relative' * relative}", log, limits, kind.full, old)
        plot = place_plot(width, height, window[1] - window[0] + 1, self.axis, window[0] - 1)
        grid = Grid(width, height)
        found: list[str] = []
        if plot is not None:
            rows = scale_of(plot, axes, seen)
            names = (self.own, self.label) if len(curves) > 1 and self.reached is None else None
            labels = [info.label for info in self.baseline.layers] if self.axis == "layer" else []
            found = draw_curves(grid, plot, rows, curves, self.reached, braille=braille, names=names, labels=labels)
            found = [nan_word(self.baseline, self.with_fixes) if kind == "NaN" else kind for kind in found]
            if relative:
                draw_line(grid, plot, rows, 1.0, LEVEL[braille])
                draw_band(grid, plot, rows, (VANISHING, EXPLODING), braille)
        where = self._where(others)
        of_last = f", relative to {self.axis} {most}" if relative else ""
        runs = names_of(self.label, self.own) if len(curves) > 1 else ()
        words = _words(kind, self.axis, where, of_last, log, runs, list(dict.fromkeys(found)), braille)
        legend(grid, words, braille)
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    @property
    def _axes(self) -> tuple[int, int]:
        """The axis of a table (layers, steps) that goes from left to right, and the other."""
        return (0, 1) if self.axis == "layer" else (1, 0)

    def _where(self, others: int) -> str:
        """Which layer or step it is, where there are several."""
        if others == 1:
            return ""
        return f", {'layer' if self.axis == 'step' else 'step'} {self.at or others}"


def goes_log(usual: bool, flipped: bool, tables: Sequence[Floats]) -> bool:
    """Whether the axis is logarithmic: as usual, or else if asked for, unless a value is below 0."""
    log = usual != flipped
    return log and (usual or not any(bool((table < 0).any()) for table in tables))


def shares_of_last(table: Floats, axis: ChartAxis) -> Floats | None:
    """The values as shares of those at the last layer or step; None if any of these is no size to compare with."""
    last = table[-1:] if axis == "layer" else table[:, -1:]
    if not ((last > 0) & np.isfinite(last)).all():
        return None
    with np.errstate(over="ignore"):
        return np.asarray(table / last)


def along(table: Floats, axis: ChartAxis, at: int | None) -> Floats:
    """The values along an axis at a place (from 1) of the other; nothing if there is no such place."""
    lines: Floats = table.T if axis == "layer" else table
    if at is not None and not 1 <= at <= len(lines):
        return np.empty(0)
    line: Floats = lines[(at or 0) - 1]
    return line


def within(curve: Curve, window: tuple[int, int]) -> Floats:
    """The values of a curve that are within a window."""
    return curve.values[max(window[0] - curve.first, 0) : max(window[1] - curve.first + 1, 0)]


def nan_word(*traces: Trace | None) -> str:
    """What NaN is in these traces: a factor of a layer that no gradient reaches, where no number of a pass is one."""
    if any(trace is not None and trace.layers[0].label for trace in traces):
        return "none"  # not every layer of a chain has every number, at every step
    return "0/0" if all(trace is None or trace.verdict.kind != "nonfinite" for trace in traces) else "NaN"


def place_plot(width: int, height: int, places: int, axis: ChartAxis, offset: int = 0) -> Plot | None:
    """Where the data go: below the legend, above the numbers of the axis and, if there is room, a line."""
    foot = 2 if height >= 7 else 1
    rows, columns = height - 1 - foot, width - GUTTER
    return Plot(GUTTER, 1, columns, rows, places, axis, offset) if rows >= 1 and columns >= 2 else None


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
    found = [kind for line in lines for kind in _marks(grid, plot, rows, line)]
    at_end = len(lines) < 2 or _apart(rows, lines)
    for line, name in zip(lines, names or (), strict=False):
        _name(grid, plot, rows, line, name, at_end)
    return found


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


def draw_line(grid: Grid, plot: Plot, rows: scale.Scale, value: float, character: str) -> None:
    """A line across the whole plot, behind everything."""
    height = float(scale.fractions(rows.axes, np.array([value]))[0])
    if 0 <= height <= 1:
        grid.fill(plot.left, plot.left + plot.width, row_of(plot, rows, height), character, "label")


def draw_dot(grid: Grid, plot: Plot, rows: scale.Scale, column: int, height: float, character: str, role: str) -> None:
    """A character at a height, if nothing else stands there."""
    x, y = plot.left + column, row_of(plot, rows, height)
    if not grid.role(x, y):
        grid.put(x, y, character, role)


def draw_band(grid: Grid, plot: Plot, rows: scale.Scale, limits: tuple[float, float], braille: bool) -> None:
    """The band between two values behind everything, and its word where there is room for it."""
    low, high = scale.fractions(rows.axes, np.array(limits)).tolist()
    heights = np.linspace(1, 0, rows.rows)
    inside = (np.flatnonzero((heights >= low - 1e-9) & (heights <= high + 1e-9)) + row_of(plot, rows, 1.0)).tolist()
    word = f" {HEALTHY} "
    at = [y for y in inside if all(grid.role(plot.left + 1 + i, y) == "" for i in range(len(word)))]
    if at and len(word) + 2 < plot.width:
        grid.put(plot.left + 1, at[0], word, "label")
    for y in inside:
        grid.fill(plot.left, plot.left + plot.width, y, BAND[braille], "band")


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


def names_of(label: str, own: str = NAMES[0][0]) -> tuple[tuple[str, str], ...]:
    """What the two runs are called, the longest words first."""
    if own != NAMES[0][0]:
        return ((own, label),)
    return tuple(dict.fromkeys(((own, label), (NAMES[1][0], label), *NAMES)))


def _words(kind: Chart, axis: ChartAxis, where: str, of_last: str, log: bool, runs: tuple[tuple[str, str], ...],
           found: list[str], braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
    """Title, curves and marks; on a narrow screen words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    scale_name = ", log scale" if log else ", linear scale" if kind.log else ""
    by = f"{kind.title} by {axis}{where}"
    titles = list(dict.fromkeys([f"{by}{of_last}{unit}{scale_name}", f"{by}{of_last}{unit}", by,
                                 f"{kind.title} by {axis}", kind.title]))  # fmt: skip
    pairs = [(title, names) for names in runs or (None,) for title in titles]
    if where:  # which layer or step it is matters more than the runs' full names
        pairs.sort(key=lambda pair: titles.index(pair[0]))
    return [(title, entries(names, found, braille)) for title, names in pairs]


def entries(names: tuple[str, str] | None, found: list[str], braille: bool) -> list[Span]:
    """The legend's entries: the two curves, if there are two, and the marks."""
    dashes, solid = ("⠒ ⠒", "⠒⠒⠒") if braille else ("...", "***")
    curves = [(f"{dashes} {names[0]}", "baseline"), (f"{solid} {names[1]}", "fixed")] if names else []
    return [*curves, *((f"{canvas.MARKS[name]} {name}", "label") for name in found)]
