"""The inspector's small tables: named numbers of both runs under their headings, on a rule."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...sim.text import format_number
from ..charts.plot.grid import Row, Span
from ..terminal.glyphs import glyphs

Cells = dict[str, tuple[str, str]]
"""By heading, what stands before a number ("x", "=") and the number."""
FACTOR, SHARE = 5, 8  # columns of a factor and of a share of the gradient: a cursor that moves leaves them in place
MOST_DIGITS = 6


@dataclass(frozen=True)
class Column:
    """One number of both runs under its heading; `before` stands in front of it ("x", "=")."""

    heading: str
    before: str
    baseline: str
    fixed: str

    @property
    def width(self) -> int:
        """Columns of the widest of its three texts, with what stands before."""
        return len(self.before) + 1 + max(map(len, (self.heading, self.baseline, self.fixed)))

    def unknown(self) -> "Column":
        """The column, as wide as it is, with a dash for each number that it has."""
        dash = glyphs().dash
        one, other = (text and dash.rjust(len(text)) for text in (self.baseline, self.fixed))
        return replace(self, baseline=one, fixed=other)

    def cells(self) -> tuple[str, str, str]:
        """Heading, as it is and with fixes, all equally wide; nothing stands before what a run has not."""
        width = self.width - len(self.before) - 1
        blank = " " * len(self.before)
        one, other = (f"{self.before if text else blank} {text:>{width}}" for text in (self.baseline, self.fixed))
        return f"{f'{self.before.strip()} {self.heading}':>{self.width}}", one, other


def table(columns: list[Column], two: bool, hide: Callable[[str], bool]) -> list[Row]:
    """Rows: headings, as it is and, if there are two, with fixes; numbers whose heading is to be hidden are dashes."""
    cells = [(column.unknown() if hide(column.heading) else column).cells() for column in columns]
    roles = ("label", "", "") if two else ("label", "")
    return [tuple((cell[i] + " ", role) for cell in cells) for i, role in enumerate(roles)]


def fitting(columns: list[Column], room: int) -> int:
    """How many columns fit into a room, from the left; of a product all or none, since a part of it would be false."""
    count, used = 0, 0
    ends = [i for i, column in enumerate(columns) if column.before == "="]
    for i, column in enumerate(columns):
        used += column.width + 1
        if used > room:
            break
        if not (ends and i < ends[0]):
            count = i + 1
    return count


def beside(columns: list[Column], width: int, hide: Callable[[str], bool]) -> Row:
    """The numbers of the first run in one row, each after its heading, as many as fit."""
    row: list[Span] = [(" ", "")]
    used = 1
    for column in columns:
        text = (glyphs().dash if hide(column.heading) else column.baseline).strip()
        used += len(column.heading) + len(text) + 3
        if used > width:
            break
        row += [(f"{column.heading} ", "label"), (f"{text}  ", "")] if text else []
    return tuple(row)


def product(arrives: float, factors: Sequence[tuple[str, float]], whole: float, names: tuple[str, str],
            word: Callable[[float, int], str]) -> Cells:  # fmt: skip
    """What arrives times its factors is what passes on, in as many digits as it takes to be right as it is printed.

    `names` are the headings of both ends; `word` writes a number in so many digits.
    """
    values = (arrives, *(value for _, value in factors))
    end = format_number(whole)
    texts = [word(value, 2) for value in values]
    for digits in range(2, MOST_DIGITS + 1):
        printed = [figures(value, digits) for value in values]
        if not all(math.isfinite(value) for value in values) or format_number(math.prod(map(float, printed))) == end:
            texts = [
                text if math.isfinite(value) else word(value, 2) for text, value in zip(printed, values, strict=True)
            ]
            break
    cells = {names[0]: (" ", texts[0].rjust(SHARE))}
    times = glyphs().times
    cells |= {name: (times, text.rjust(FACTOR)) for (name, _), text in zip(factors, texts[1:], strict=True)}
    return cells | {names[1]: ("=", word(whole, 2).rjust(SHARE))}


def figures(value: float, digits: int) -> str:
    """A number in so many significant digits: "0.234", "6.15e-07"."""
    plain = format_number(value, digits)
    return plain if "e" not in plain or digits < 3 else f"{value:.{digits - 1}e}"


def merge(baseline: Cells, fixed: Cells) -> list[Column]:
    """Columns for all headings of both runs, in the order of the one that has more; others before the next of both."""
    order, other = list(baseline), list(fixed)
    if len(other) > len(order):
        order, other = other, order
    for i, heading in enumerate(other):
        if heading not in order:
            after = next((name for name in other[i + 1 :] if name in order), None)
            order.insert(len(order) if after is None else order.index(after), heading)
    none = (" ", "")
    return [
        Column(heading, (baseline.get(heading) or fixed.get(heading, none))[0],
               baseline.get(heading, none)[1], fixed.get(heading, none)[1])
        for heading in dict.fromkeys(order)
    ]  # fmt: skip
