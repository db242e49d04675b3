"""The fix panel: what can be switched on, by which key, and why the rest can't."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message

from ..charts.drawing import Row
from ..glyphs import fit, glyphs
from .lines import Lines

PAGE = 9


@dataclass(frozen=True)
class FixRow:
    """One fix as the panel shows it; `obstacle` is empty if it applies."""

    name: str
    label: str
    cures: str
    on: bool
    obstacle: str


class FixPanel(Lines):
    """Fixes that apply come first, nine to a page, each with its digit; the others follow with their reasons."""

    DEFAULT_CSS = "FixPanel { height: 1fr; }"
    help: ClassVar[str] = (
        "Each digit switches the fix beside it on or off; several go together. f shows the next nine, "
        "0 switches all off. Up and down choose a fix, Enter switches it; the line at the foot says what "
        "it cures, or why it does not apply (-)."
    )

    class Toggled(Message):
        """A fix was clicked."""

        def __init__(self, name: str):
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._fixes: tuple[FixRow, ...] = ()
        self._chosen = 0

    @property
    def chosen(self) -> FixRow | None:
        """The fix that up and down have chosen."""
        return self._fixes[self._chosen] if self._fixes else None

    @property
    def page(self) -> tuple[FixRow, ...]:
        """The nine fixes that have the digits now."""
        return self._fixes[self.start : self.start + self.size_of_page]

    @property
    def size_of_page(self) -> int:
        """Nine, or as many as fit."""
        return min(PAGE, max(self.size.height - 1, 1)) if self.size.height else PAGE

    @property
    def start(self) -> int:
        """Where the page begins in the list."""
        return self._chosen // self.size_of_page * self.size_of_page

    def show(self, fixes: tuple[FixRow, ...]) -> None:
        """List the fixes; those that apply come first."""
        before = self.chosen
        self._fixes = tuple(sorted(fixes, key=lambda fix: bool(fix.obstacle)))
        names = [fix.name for fix in self._fixes]
        if before is not None and before.name in names and self._chosen:
            self._chosen = names.index(before.name)
        self.redraw()

    def choose(self, by: int) -> None:
        """Move the choice up or down."""
        self._chosen = (self._chosen + by) % max(len(self._fixes), 1)
        self.redraw()

    def turn(self) -> None:
        """The next nine fixes."""
        start = self.start + self.size_of_page
        self._chosen = start if start < len(self._fixes) else 0
        self.redraw()

    def digit(self, digit: int) -> FixRow | None:
        """The fix beside a digit, which becomes the chosen one."""
        if digit > len(self.page):
            return None
        self._chosen = self.start + digit - 1
        self.redraw()
        return self.page[digit - 1]

    def rows(self, width: int) -> list[Row]:
        """The whole list if there is room for it, otherwise the page of the chosen fix."""
        start, size = self.start, self.size_of_page
        pages = -(-len(self._fixes) // size)
        whole = len(self._fixes) + 1 <= self.size.height
        page = f"f: {start // size + 1} of {pages}" if pages > 1 else ""
        rows: list[Row] = [_head("fixes", page, width)]
        for index, fix in enumerate(self._fixes):
            if whole or start <= index < start + size:
                digit = str(index - start + 1) if start <= index < start + size else " "
                rows.append(self._row(fix, digit, index == self._chosen, width))
        return rows

    def _row(self, fix: FixRow, digit: str, chosen: bool, width: int) -> Row:
        box = " - " if fix.obstacle else "[x]" if fix.on else "[ ]"
        role = "on" if fix.on else "label" if fix.obstacle else ""
        label = fit(fix.label, width - 7)
        point = glyphs().point if chosen else " "
        return ((point, "key"), (digit, "label" if fix.obstacle else "key"), (f" {box} ", role), (label, role))

    def on_click(self, event: events.Click) -> None:
        """A click switches a fix, or turns the page."""
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None:
            return
        whole = len(self._fixes) + 1 <= self.size.height
        index = offset.y - 1 + (0 if whole else self.start)
        if offset.y == 0:
            self.turn()
        elif index < len(self._fixes):
            self._chosen = index
            self.redraw()
            self.post_message(self.Toggled(self._fixes[index].name))


def _head(title: str, right: str, width: int) -> Row:
    gap = max(width - len(title) - len(right) - 2, 1)
    return ((f" {title}", "title"), (" " * gap, ""), (right, "label"))
