"""What stands behind curves: lines across the plot, and bands of shade with their words."""

from collections.abc import Sequence

import numpy as np

from ....sim.numerics.arrays import Floats
from . import axis as scale
from .area import Plot
from .curves import Curve, Line, row_of
from .grid import Axes, Grid

LEVEL = {True: "╌", False: "-"}
BAND = {True: "░", False: "'"}
HEALTHY = "healthy"
SEEDS = {True: "▒", False: "%"}
MEDIAN = {True: "•", False: "o"}


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


def draw_seeds(grid: Grid, plot: Plot, rows: scale.Scale, curves: Sequence[Curve], braille: bool) -> None:
    """Between the lowest and the highest of curves at each place a shade behind everything, and in it their median."""
    line = Line(curves[0], plot, None)
    if not line.places.size:
        return
    heights = np.array([_heights(rows.axes, Line(curve, plot, None).values) for curve in curves])
    known = np.flatnonzero(~np.isnan(heights).any(axis=0))
    if not known.size:
        return
    columns, role = line.x // 2, curves[0].role
    across = np.arange(columns[known[0]], columns[known[-1]] + 1)
    low, middle, high = (np.interp(across, columns[known], of(heights[:, known], axis=0)).tolist()
                         for of in (np.min, np.median, np.max))  # fmt: skip
    for i, x in enumerate((plot.left + across).tolist()):
        grid.fill(x, x + 1, row_of(plot, rows, middle[i]), MEDIAN[braille], role)
        for y in range(row_of(plot, rows, high[i]), row_of(plot, rows, low[i]) + 1):
            grid.fill(x, x + 1, y, SEEDS[braille], f"{role}-seeds")


def _heights(axes: Axes, values: Floats) -> Floats:
    """From 0 to 1, with what is beyond the axis at its ends; NaN of NaN."""
    with np.errstate(invalid="ignore"):
        ends = np.where(values <= 0, 0.0, np.where(np.isinf(values), 1.0, np.nan))
    heights = scale.fractions(axes, values)
    return np.clip(np.where(np.isnan(heights), ends, heights), 0, 1)
