"""The fix panel: what can be switched on, by which key, and why the rest can't."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message

from ..charts.plot.grid import Row
from ..terminal.glyphs import fit, glyphs
from .text_rows import TextRows

PAGE = 9


@dataclass(frozen=True)
class FixRow:
    """One fix as the panel shows it, on so many `times`; `obstacle` is empty if it applies."""

    name: str
    label: str
    cures: str
    on: bool
    obstacle: str
    times: int = 1

    @property
    def about(self) -> str:
        """What it is good for, or why it does not apply."""
        return f"{self.label}: {self.obstacle}" if self.obstacle else f"{self.label} cures: {self.cures}"


class FixPanel(TextRows):
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
        """As much of the list as there is room for; the page of the chosen fix has the digits."""
        start, size = self.start, self.size_of_page
        pages = -(-len(self._fixes) // size)
        on = sum(fix.on for fix in self._fixes)
        rows: list[Row] = [_head(on, f"{start // size + 1}/{pages}" if pages > 1 else "", width)]
        for index in self._visible:
            digit = str(index - start + 1) if start <= index < start + size else " "
            rows.append(self._row(self._fixes[index], digit, index == self._chosen, width))
        return rows

    @property
    def _visible(self) -> range:
        """The fixes that are on the screen, whole pages first."""
        room = max(self.size.height - 1, self.size_of_page)
        first = min(self.start, max(len(self._fixes) - room, 0))
        return range(first, min(first + room, len(self._fixes)))

    def _row(self, fix: FixRow, digit: str, chosen: bool, width: int) -> Row:
        mark = (str(min(fix.times, 9)) if fix.times > 1 else "x") if fix.on else " "
        box = " - " if fix.obstacle else f"[{mark}]"
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
        if offset.y == 0:
            self.turn()
        elif offset.y <= len(self._visible):
            self._chosen = self._visible[offset.y - 1]
            self.redraw()
            self.post_message(self.Toggled(self._fixes[self._chosen].name))


def _head(on: int, page: str, width: int) -> Row:
    """Title, how many are on, be it on another page, and the key that turns the page."""
    title, more = f" fixes: {on} on" if on else " fixes", f"more {page}" if page else ""
    gap = max(width - len(title) - len(more) - 4, 1)
    return ((title, "title"), (" " * gap, ""), ("f " if page else "", "key"), (more, "label"))
