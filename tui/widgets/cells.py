"""The inspector's small tables: named numbers of both runs under their headings."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..charts.plot.grid import Row
from ..terminal.glyphs import glyphs

Cells = dict[str, tuple[str, str]]
"""By heading, what stands before a number ("x", "=") and the number."""
ASIDES = ("cell path",)  # beside the product of factors, and no part of it


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
        """The column, as wide as it is, with a dash for either number."""
        dash = glyphs().dash
        pair = {"baseline": dash.rjust(len(self.baseline)), "fixed": dash.rjust(len(self.fixed))}
        return replace(self, before=" " * len(self.before), **pair)

    def cells(self) -> tuple[str, str, str]:
        """Heading, as it is and with fixes, all equally wide."""
        width = self.width - len(self.before) - 1
        blank = " " * len(self.before)
        return (f"{blank} {self.heading:>{width}}", f"{self.before} {self.baseline:>{width}}",
                f"{blank if self.fixed == glyphs().dash else self.before} {self.fixed:>{width}}")  # fmt: skip


def table(columns: list[Column], two: bool, room: int, keep: int, hide: Callable[[str], bool]) -> list[Row]:
    """Rows: headings, as it is and, if there are two, with fixes; numbers whose heading is to be hidden are dashes.

    Where room is short columns go: first asides, then from the right, the last `keep` of them last.
    """
    columns = [column.unknown() if hide(column.heading) else column for column in columns]
    while len(columns) > keep + 1 and sum(column.width + 1 for column in columns) > room:
        columns = _narrower(columns, keep)
    cells = [column.cells() for column in columns]
    roles = ("label", "", "") if two else ("label", "")
    return [tuple((cell[i] + " ", role) for cell in cells) for i, role in enumerate(roles)]


def _narrower(columns: list[Column], keep: int) -> list[Column]:
    """The columns without one; a product that ends in "=" goes as a whole, since a part of it would be false."""
    aside = next((i for i, column in enumerate(columns) if column.heading in ASIDES), None)
    index = len(columns) - 1 - keep if aside is None else aside
    last = columns[-1]
    if aside is None and last.before == "=":
        return [columns[0], replace(last, before=" ")]
    return columns[:index] + columns[index + 1 :]


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
    dash = glyphs().dash
    return [
        Column(heading, (baseline.get(heading) or fixed.get(heading, none))[0],
               baseline[heading][1] if heading in baseline else dash,
               fixed[heading][1] if heading in fixed else dash)
        for heading in dict.fromkeys(order)
    ]  # fmt: skip
