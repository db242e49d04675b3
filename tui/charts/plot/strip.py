"""A strip of one cell a place (or a column of several) under a chart: sizes on a linear scale, as heights."""

from typing import NamedTuple

import numpy as np

from ....sim.numerics.arrays import Floats
from .area import Plot
from .canvas import MARKS
from .curves import Curve, Line
from .grid import Grid, Row
from .legend import GUTTER

BLOCKS = {True: " ▁▂▃▄▅▆▇█", False: " .:-=+*#@"}
PENDING = {True: "·", False: ","}  # where a walk has not been yet
WAITING = "label"


class StripRow(NamedTuple):
    """A name, a curve and the places (first, last) that a walk has reached; None of all."""

    name: str
    curve: Curve
    reached: tuple[int, int] | None = None


def strip_rows(rows: list[StripRow], plot: Plot, braille: bool, tall: int = 1) -> list[Row]:
    """The rows of a strip in the columns of a plot, `tall` ones each.

    A cell is as high as its share of its row's largest size.
    """
    grid = Grid(plot.left + plot.width, len(rows) * tall)
    for i, row in enumerate(rows):
        grid.put(1, (i + 1) * tall - 1, _short(row.name, GUTTER - 2, braille), row.curve.role)
        _cells(grid, (i + 1) * tall - 1, row, plot, braille, tall)
    return list(grid.rows())


def _cells(grid: Grid, y: int, row: StripRow, plot: Plot, braille: bool, tall: int) -> None:
    line = Line(row.curve, plot, row.reached)
    sizes = np.abs(row.curve.values)
    known = sizes[np.isfinite(sizes)]
    largest = float(known.max()) if known.size and known.max() > 0 else 1.0
    pitch = (plot.width - 1) / max(plot.depth - 1, 1)
    wide = max(int(pitch) - (pitch >= 2), 1) if plot.depth > 1 else 2  # columns of a cell
    columns = _columns(line)
    ends = [column for column, *_ in columns[1:]] + [plot.width]
    for (column, value, shown), after in zip(columns, ends, strict=True):
        texts, role = [PENDING[braille]], WAITING
        if shown:
            texts, role = _blocks(value, largest, braille, tall), line.role
        first, end = (column - wide // 2, column - wide // 2 + wide) if shown else (column, column + 1)
        end = max(end, after) if shown and pitch < 2 else end  # no room for a gap after each, so after none
        for x in range(max(first, 0), min(end, plot.width)):
            for up, text in enumerate(texts):
                grid.put(plot.left + x, y - up, text, role)


def _short(name: str, width: int, braille: bool) -> str:
    """A name, marked where it is cut."""
    mark = "…" if braille else ".."
    return name if len(name) <= width else name[: width - len(mark)] + mark


def _columns(line: Line) -> list[tuple[int, float, bool]]:
    """By column the value furthest from 0 of its places, and whether any of them is shown."""
    columns = line.x // 2
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    if not starts.size:
        return []
    with np.errstate(invalid="ignore"):
        sizes = np.maximum.reduceat(np.abs(line.values), starts)  # NaN and inf outlast the others
    shown = np.logical_or.reduceat(line.shown, starts)
    return list(zip(columns[starts].tolist(), sizes.tolist(), shown.tolist(), strict=True))


def _blocks(size: float, largest: float, braille: bool, tall: int) -> list[str]:
    """The characters of a cell from below."""
    if not np.isfinite(size):
        return [MARKS["NaN" if np.isnan(size) else "inf"]]
    level = round(size / largest * 8 * tall)
    return [BLOCKS[braille][min(max(level - 8 * up, 0), 8)] for up in range(tall)]


def as_curve(role: str, values: Floats, places: int) -> Curve:
    """A run's values on an axis of so many places: a shorter one ends at the last of them, at the loss."""
    return Curve(role, values, 1 + places - len(values))
