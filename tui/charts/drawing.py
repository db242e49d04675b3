"""A finished picture: rows of text in runs of one role, and the way from a column to a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Run = tuple[str, str]
"""A piece of text and its role: title, label, axis, baseline, fixed, cursor or "" (blank)."""
Row = tuple[Run, ...]


@dataclass(frozen=True)
class Axes:
    """The limits of a named chart's y axis, in powers of ten if it is logarithmic."""

    name: str
    log: bool
    low: float
    high: float


@dataclass(frozen=True)
class Plot:
    """Where the plotted layers stand within a drawing: its corner, its size and the number of layers."""

    left: int
    top: int
    width: int
    height: int
    depth: int

    def column(self, layer: int) -> int:
        """The column of a layer, counted from the drawing's left edge."""
        return self.left + dot(layer, self.depth, self.width) // 2

    def layer(self, x: int) -> int | None:
        """The layer nearest to a column of the drawing; None outside the plot."""
        if not self.left <= x < self.left + self.width:
            return None
        share = (2 * (x - self.left) + 0.5) / (2 * self.width - 1)
        return 1 + round(share * (self.depth - 1))


def dot(layer: int, depth: int, width: int) -> int:
    """The half column (there are two to a cell) in which a layer is drawn."""
    return round((layer - 1) / max(depth - 1, 1) * (2 * width - 1)) if depth > 1 else width - 1


@dataclass(frozen=True)
class Drawing:
    """A picture as rows of runs, each row exactly `width` characters; `axes` goes into the next draw."""

    rows: tuple[Row, ...]
    width: int
    height: int
    axes: Axes | None = None
    plot: Plot | None = None
    braille: bool = True

    def layer_at(self, x: int) -> int | None:
        """The layer drawn at a column, None outside the plot."""
        return self.plot.layer(x) if self.plot else None

    def column_of(self, layer: int) -> int | None:
        """The column in which a layer is drawn, None if it is not."""
        return self.plot.column(layer) if self.plot and 1 <= layer <= self.plot.depth else None

    def with_cursor(self, layer: int | None) -> tuple[Row, ...]:
        """The rows with a cursor column at a layer: data stay readable, the foot of the plot is marked."""
        column = None if layer is None else self.column_of(layer)
        if column is None or self.plot is None:
            return self.rows
        line, foot = ("│", "▲") if self.braille else (":", "^")
        bottom = self.plot.top + self.plot.height
        rows = list(self.rows)
        for y in range(self.plot.top, bottom):
            rows[y] = _marked(rows[y], column, line)
        if bottom < len(rows):
            rows[bottom] = _marked(rows[bottom], column, foot, cover=True)
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

    def put(self, x: int, y: int, text: str, role: str, *, blanks: bool = True) -> None:
        """Write a text from (x, y) on, cut at the edges; without blanks its spaces are see-through."""
        if not 0 <= y < self.height:
            return
        for i, character in enumerate(text, x):
            if 0 <= i < self.width and (blanks or character != " "):
                self._cells[y][i] = (character, role)

    def role(self, x: int, y: int) -> str:
        """Whose the character at (x, y) is; empty outside and where nothing stands."""
        inside = 0 <= x < self.width and 0 <= y < self.height
        return self._cells[y][x][1] if inside else ""

    def rows(self) -> tuple[Row, ...]:
        """The rows, neighbours of equal role merged into runs."""
        return tuple(merged(row) for row in self._cells)


def merged(runs: Sequence[Run]) -> Row:
    """Runs with neighbours of equal role joined; blanks join either side, as they show no colour."""
    result: list[Run] = []
    for text, role in runs:
        if not text:
            continue
        before, old = result[-1] if result else ("", role)
        if role == "" and text.isspace() and old != "cursor":
            role = old
        elif old == "" and before.isspace() and role != "cursor":
            old = role
        if result and old == role:
            result[-1] = (before + text, role)
        else:
            result.append((text, role))
    return tuple(result)


def span(before: Row, after: Row) -> tuple[int, int]:
    """Two rows differ from the first of these columns to before the second; blanks of any role are equal."""
    old, new = ([(c, role if c != " " else "") for text, role in row for c in text] for row in (before, after))
    if len(old) != len(new):
        return 0, max(len(old), len(new))
    differ = [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    return (differ[0], differ[-1] + 1) if differ else (0, 0)


def _marked(row: Row, column: int, mark: str, cover: bool = False) -> Row:
    cells = [(character, role) for text, role in row for character in text]
    if column < len(cells):
        character = cells[column][0]
        cells[column] = (mark if cover or character == " " else character, "cursor")
    return merged(cells)
