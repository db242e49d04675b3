"""A finished picture: rows of text in spans of one role, and the way from a cell to a layer and a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from .area import Cursor, HeatmapPlot, Plot, dot

__all__ = ["Axes", "Drawing", "Grid", "Picture", "Plot", "Row", "Span", "changed_columns", "dot", "frame", "merged"]

Span = tuple[str, str]
"""A piece of text and its role: title, label, axis, baseline, fixed, cursor or "" (blank)."""
Row = tuple[Span, ...]
FRAME = ("title", "label", "axis", "")  # the band is of data, too
RUNS = ("baseline", "fixed")
SHADES = ("band", "baseline-seeds", "fixed-seeds")  # which a cursor's line covers
SOLID = ("cursor", "cell")  # roles that show even on a blank


@dataclass(frozen=True)
class Axes:
    """The limits of a named chart's y axis, in powers of ten if it is logarithmic."""

    name: str
    log: bool
    low: float
    high: float


@dataclass(frozen=True)
class Drawing:
    """A picture as rows of spans, each row exactly `width` characters; `axes` goes into the next draw."""

    rows: tuple[Row, ...]
    width: int
    height: int
    axes: Axes | None = None
    plot: Plot | None = None
    braille: bool = True
    second: Plot | None = None

    def place_at(self, x: int) -> int | None:
        """The place drawn at a column, None outside the plot."""
        return self.plot.place(x) if self.plot else None

    def at(self, x: int, y: int) -> tuple[int | None, int | None] | None:
        """The layer and the step at a cell, None for what is not on an axis; None outside the plots."""
        for plot in (self.plot, self.second):
            if plot is not None and (position := plot.at(x, y)) is not None:
                return position
        return None

    def column_of(self, place: int) -> int | None:
        """The column in which a place is drawn, None if it is not."""
        return self.plot.column(place) if self.plot and self.plot.has(place) else None

    def with_cursor(self, cursor: Cursor) -> tuple[Row, ...]:
        """The rows with a cursor column at a place: data stay readable, the foot of the plot is marked."""
        if isinstance(cursor, tuple):
            return self._with_cell(*cursor)
        column = None if cursor is None else self.column_of(cursor)
        if column is None or self.plot is None:
            return self.rows
        line, foot = ("│", "▲") if self.braille else (":", "^")
        bottom, rows = self.plot.top + self.plot.height, list(self.rows)
        line_below = bottom < len(rows) - 1  # else it is the row of the numbers, which stay readable
        for y in range(self.plot.top, bottom):
            rows[y] = _marked(rows[y], column, line)
        if bottom < len(rows):
            rows[bottom] = _marked(rows[bottom], column, foot, cover=line_below)
        return tuple(rows)

    def _with_cell(self, layer: int, step: int) -> tuple[Row, ...]:
        """The rows with the cell of a layer and a step marked in each plot, and pointed at from both axes."""
        rows, (side, foot) = list(self.rows), ("▶", "▲") if self.braille else (">", "^")
        for plot in (self.plot, self.second):
            if not isinstance(plot, HeatmapPlot) or not (1 <= layer <= plot.layers and plot.has(step)):
                continue
            y, bottom = plot.row(layer), plot.top + plot.height
            rows[y] = _marked(rows[y], plot.column(step), "", "cell")
            rows[y] = _marked(rows[y], plot.left - 1, side, cover=True)
            if plot.foot == 2 and bottom < len(rows):
                rows[bottom] = _marked(rows[bottom], plot.column(step), foot, cover=True)
        return tuple(rows)

    def text(self) -> str:
        """The picture as plain text without trailing blanks."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self.rows)


class Picture(Protocol):
    """Anything that can draw itself at a given size; pure, so that any thread may ask it to."""

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        ...


class Grid:
    """A mutable grid of characters with roles, from which the rows of a drawing are made."""

    def __init__(self, width: int, height: int):
        self.width, self.height = max(width, 0), max(height, 0)
        self._cells = [[(" ", "")] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: str, role: str) -> None:
        """Write a text from (x, y) on, cut at the edges."""
        if not 0 <= y < self.height:
            return
        for i, character in enumerate(text, x):
            if 0 <= i < self.width:
                self._cells[y][i] = (character, role)

    def fill(self, left: int, right: int, y: int, character: str, role: str) -> None:
        """Write a character wherever nothing stands in a row, but in the gap of a dashed curve."""
        roles = [role for _, role in self._cells[y]] + [""]
        for x in range(left, right):
            if not roles[x] and not (roles[x - 1] in RUNS and roles[x + 1] in RUNS):
                self._cells[y][x] = (character, role)

    def role(self, x: int, y: int) -> str:
        """Whose the character at (x, y) is; empty outside and where nothing stands."""
        inside = 0 <= x < self.width and 0 <= y < self.height
        return self._cells[y][x][1] if inside else ""

    def character(self, x: int, y: int) -> str:
        """The character at (x, y); a blank outside."""
        inside = 0 <= x < self.width and 0 <= y < self.height
        return self._cells[y][x][0] if inside else " "

    def rows(self) -> tuple[Row, ...]:
        """The rows, neighbours of equal role merged into spans."""
        return tuple(merged(row) for row in self._cells)


def frame(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows without their data: title, labels and axes stay."""
    return tuple(merged([span if span[1] in FRAME else (" " * len(span[0]), "") for span in row]) for row in rows)


def merged(spans: Sequence[Span]) -> Row:
    """Spans with neighbours of equal role joined; blanks join either side, as they show no colour."""
    result: list[Span] = []
    for text, role in spans:
        if not text:
            continue
        before, old = result[-1] if result else ("", role)
        if role == "" and text.isspace() and old not in SOLID:
            role = old
        elif old == "" and before.isspace() and role not in SOLID:
            old = role
        if result and old == role:
            result[-1] = (before + text, role)
        else:
            result.append((text, role))
    return tuple(result)


def changed_columns(before: Row, after: Row) -> tuple[int, int]:
    """From the first column to after the last in which two rows differ, (0, 0) of equal ones; all blanks are equal.

    Equal columns between are not sent either, see `tui/terminal/partial_paint.py`.
    """
    old, new = ([(c, role if c != " " else "") for text, role in row for c in text] for row in (before, after))
    pairs = zip_longest(old, new, fillvalue=(" ", ""))
    columns = [x for x, (one, other) in enumerate(pairs) if one != other]
    return (columns[0], columns[-1] + 1) if columns else (0, 0)


def _marked(row: Row, column: int, mark: str, role: str = "cursor", cover: bool = False) -> Row:
    """A row with the role of one cell changed, and its character where it is blank or to be covered."""
    cells = [(character, old) for text, old in row for character in text]
    if column < len(cells):
        character, old = cells[column]
        free = character == " " or old in SHADES
        cells[column] = (mark if cover or (free and mark) else character, role)
    return merged(cells)
