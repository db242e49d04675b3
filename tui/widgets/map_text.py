"""The lines below a map: the point under the cursor, then what all of it shows."""

from typing import ClassVar

from ..charts.plot.grid import Row
from ..terminal.glyphs import wrap
from .text_rows import TextRows


class MapText(TextRows):
    """A line of the point, and the answer in as many lines as there are."""

    help: ClassVar[str] = "The point under the cursor and what was found there; below, what the whole map shows."
    LINES: ClassVar[int] = 2  # of each

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._point, self._whole = "", ""

    def show(self, point: str, whole: str) -> None:
        """Other texts."""
        self._point, self._whole = point, whole
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Always as many lines, so that nothing jumps while the map fills."""
        texts = ((self._point, "strong"), (self._whole, "label"))
        rows: list[Row] = []
        for text, role in texts:
            lines = wrap(text, width - 2, self.LINES)
            rows += [((f" {line}", role),) for line in [*lines, ""][: self.LINES]]
            rows += [()] * (self.LINES - len(lines[: self.LINES]) - 1)
        return rows
