"""The fix panel: what can be switched on, by which key, and why the rest can't."""

import time
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message

from ..charts.plot.grid import Row
from ..charts.plot.rule import ruled
from ..state.outcome import Outcome
from ..terminal.glyphs import fit, glyphs, has_braille
from .text_rows import TextRows

PAGE = 9
NUMBER = 5  # columns
GRACE = 1.0  # seconds after the digits have moved in which one still means what it stood beside


@dataclass(frozen=True)
class FixRow:
    """One fix as the panel shows it, on so many `times`; `obstacle` is "" if it applies, `outcome` what it did."""

    name: str
    label: str
    cures: str
    on: bool
    obstacle: str
    times: int = 1
    outcome: Outcome | None = None

    @property
    def about(self) -> str:
        """What it is good for, or why it does not apply."""
        return f"{self.label}: {self.obstacle}" if self.obstacle else f"{self.label} helps with: {self.cures}"


Of = tuple[object, object]
"""The scenario that a panel's fixes apply to: that of the file, and as it was edited."""


def _marks() -> str:
    """The marks of what was trained, in words."""
    words = {"learns": "learns", "falls": "slowly", "stays": "does not", "breaks": "goes to inf or NaN"}
    return ", ".join(f"{mark} {words[name]}" for name, mark in glyphs().outcomes.items())


class FixPanel(TextRows):
    """Fixes that apply come first, nine to a page, each with its digit; the others follow with their reasons."""

    DEFAULT_CSS = "FixPanel { height: 1fr; }"
    help: ClassVar[str] = (
        "Each digit switches the fix beside it on or off; several go together. f shows the next nine, "
        "0 switches all off. Up and down choose a fix, Enter switches it; the line at the foot says what "
        "it helps with, or why it does not apply (-). After the first chart each is tried in the background: the mark "
        "at its right is the verdict of the pass with it and R, and, where there is a target, whether it then learns: "
        f"{_marks()}. Once all are tried the best come first and get the digits, unless the panel has been used or a "
        "fix is on; a digit within a second of that still means what it stood beside. A lists all that was tried, "
        "pairs too, with reasons."
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
        self._trying: bool | None = None
        self._of: Of = (None, None)
        self._best: tuple[str, ...] = ()  # in their order
        self._used = False  # since the scenario is this one
        self._before: tuple[FixRow, ...] = ()  # what had the digits before they moved
        self._moved = -GRACE

    @property
    def chosen(self) -> FixRow | None:
        """The fix that up and down have chosen."""
        return self._fixes[self._chosen] if self._fixes else None

    def take(self) -> FixRow | None:
        """The chosen fix, or the one that was it before the digits moved a moment ago."""
        just = self._before[:1] if not self._used and time.monotonic() - self._moved < GRACE else ()
        self._used = True
        return just[0] if just else self.chosen

    @property
    def page(self) -> tuple[FixRow, ...]:
        """The nine fixes that have the digits now."""
        return self._fixes[self.start : self.start + self.size_of_page]

    @property
    def size_of_page(self) -> int:
        """Nine, or as many as fit with those below them that are on but stand on another page."""
        room = max(self.size.height - 1, 1) if self.size.height else len(self._fixes) + PAGE
        size = min(PAGE, room)
        while size > 1 and size + len(self._elsewhere(size)) > room:
            size -= 1
        return size

    def _elsewhere(self, size: int) -> tuple[FixRow, ...]:
        """The fixes that are on, but not on the chosen fix's page of so many."""
        start = self._chosen // size * size
        return tuple(fix for i, fix in enumerate(self._fixes) if fix.on and not start <= i < start + size)

    @property
    def start(self) -> int:
        """Where the page begins in the list."""
        return self._chosen // self.size_of_page * self.size_of_page

    def show(self, fixes: tuple[FixRow, ...], of: Of = (None, None), best: tuple[str, ...] = (),
             trying: bool | None = None) -> None:  # fmt: skip
        """List the fixes of a file's scenario as it is now: those that apply, of them the best once they are known.

        Nothing moves under the hands of who uses the panel. `trying` says whether they are still tried, None that none
        is.
        """
        before, self._trying = self.chosen, trying
        if of[0] is not self._of[0]:
            self._best = ()
        if of[1] is not self._of[1]:
            self._used = False
        self._of = of
        if best and best != self._best and not self._used and not any(fix.on for fix in fixes):
            self._before, self._moved, self._best = self.page, time.monotonic(), best
        rank = {name: i for i, name in enumerate(self._best)}
        self._fixes = tuple(sorted(fixes, key=lambda fix: (bool(fix.obstacle), rank.get(fix.name, len(rank)))))
        names = [fix.name for fix in self._fixes]
        if before is not None and before.name in names and self._chosen:
            self._chosen = names.index(before.name)
        self.redraw()

    def choose(self, by: int) -> None:
        """Move the choice up or down."""
        self._used = True
        self._chosen = (self._chosen + by) % max(len(self._fixes), 1)
        self.redraw()

    def turn(self) -> None:
        """The next nine fixes."""
        self._used = True
        start = self.start + self.size_of_page
        self._chosen = start if start < len(self._fixes) else 0
        self.redraw()

    def digit(self, digit: int) -> FixRow | None:
        """The fix beside a digit, which becomes the chosen one."""
        self._used = True
        page = self._before if time.monotonic() - self._moved < GRACE else self.page
        if digit > len(page):
            return None
        self._chosen = [fix.name for fix in self._fixes].index(page[digit - 1].name)
        self.redraw()
        return self._fixes[self._chosen]

    def rows(self, width: int) -> list[Row]:
        """As much of the list as there is room for; the page of the chosen fix has the digits."""
        start, size = self.start, self.size_of_page
        pages = -(-len(self._fixes) // size)
        on = sum(fix.on for fix in self._fixes)
        rows: list[Row] = [head(on, f"{start // size + 1}/{pages}" if pages > 1 else "", self._trying, width)]
        visible = self._visible
        for index in visible:
            digit = str(index - start + 1) if start <= index < start + size else " "
            rows.append(self._row(self._fixes[index], digit, index == self._chosen, width))
        pinned = [fix for i, fix in enumerate(self._fixes) if fix.on and i not in visible]
        return rows + [self._row(fix, " ", False, width) for fix in pinned]

    @property
    def _visible(self) -> range:
        """The fixes that are on the screen, whole pages first."""
        size = self.size_of_page
        room = max(self.size.height - 1 - len(self._elsewhere(size)), size)
        first = min(self.start, max(len(self._fixes) - room, 0))
        return range(first, min(first + room, len(self._fixes)))

    def _row(self, fix: FixRow, digit: str, chosen: bool, width: int) -> Row:
        mark = (str(min(fix.times, 9)) if fix.times > 1 else "x") if fix.on else " "
        box = " - " if fix.obstacle else f"[{mark}]"
        role = "on" if fix.on else "label" if fix.obstacle else ""
        point = glyphs().point if chosen else " "
        head = ((point, "key"), (digit, "label" if fix.obstacle else "key"), (f" {box} ", role))
        if fix.outcome is None or fix.obstacle:
            return (*head, (fit(fix.label, width - 7), role))
        mark, mark_role, number = fix.outcome
        label = fit(fix.label, width - 9 - len(mark) - len(number))
        gap = " " * max(width - 8 - len(mark) - NUMBER - len(label), 1)  # marks below each other
        return (*head, (label, role), (gap, ""), (mark, mark_role), (f" {number}", "label"))

    def on_click(self, event: events.Click) -> None:
        """A click switches a fix, or turns the page."""
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self.turn()
        elif offset.y <= len(self._visible):
            self._used = True
            self._chosen = self._visible[offset.y - 1]
            self.redraw()
            self.post_message(self.Toggled(self._fixes[self._chosen].name))


def head(on: int, page: str, trying: bool | None, width: int) -> Row:
    """Title, how many are on, be it on another page, what is tried, and the keys that list it and turn the page."""
    title, more = f"  fixes: {on} on" if on else "  fixes 1-9", f"{page}" if page else ""
    tried = "" if trying is None else "trying " if trying else "tried "
    more = f"more {more}" if page and not tried else more
    right = len(f"{'A ' if tried else ''}{tried}{'f ' if page else ''}{more}")
    gap = max(width - len(title) - right - 2, 1)
    apart = " " if tried and page and gap > 1 else ""  # two blanks between keys, as at the foot
    row = ((title, "title"), (" " * (gap - len(apart)), ""), ("A " if tried else "", "key"),
           (f"{tried}{apart}", "label"), ("f " if page else "", "key"), (more, "label"))  # fmt: skip
    return ruled(row, width, has_braille())
