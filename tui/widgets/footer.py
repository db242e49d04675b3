"""The foot of the screen: the lesson's step, one line that talks, and the keys."""

from typing import ClassVar

from textual import events

from ...sim.errors import printable
from ..charts.plot.grid import Row, Span
from ..terminal.glyphs import wrap
from .text_rows import TextRows, length

WIDE = 150  # columns from which a sentence is one line; see gradsim.tcss
ALWAYS = 2  # keys at the end of the key line that have their room at any width
GAP = 2  # columns between two of its keys
KEY = "\1"  # stands for the key in what is wrapped
Hint = tuple[str, str, str]
"""A key as it is shown, what it does in a word, and the action of a click."""


def welcome(lesson: int, hints: tuple[Hint, ...]) -> tuple[Hint, ...]:
    """The key line for who is new: the lesson of so many steps, if there is one, and fixes before all others."""
    first = (("n", f"a lesson of {lesson} step{'s' * (lesson > 1)}", "lesson(1)"),) if lesson else ()
    shown = (("", "new here?", "nothing"), *first, ("1-9", "try a fix", "nothing"))
    return (*shown, *(hint for hint in hints if hint[0] not in [key for key, *_ in shown]))


class LessonStrip(TextRows):
    """The present step of the lesson."""

    help: ClassVar[str] = (
        "n walks through the scenario's lesson: each step switches on its fixes and looks at its layer. "
        "N goes back, Escape leaves; at the end n opens the next lesson of the course."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._text, self._step, self._steps = "", 0, 0

    def show(self, text: str, step: int = 0, steps: int = 0) -> None:
        """Show the text of a step (from 0) of so many, or nothing."""
        self._text, self._step, self._steps = text, step, steps
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Up to four lines: where the lesson is, then the text, and the key to press for the next step."""
        if not self._text:
            return []
        head = f" Step {self._step + 1} of {self._steps}  "
        room = width - len(head) - 1
        goes_on = "goes on" if self._step + 1 < self._steps else "ends it"
        words = wrap(f"{printable(self._text)} {KEY}\0{goes_on.replace(' ', chr(0))}", room, 5)
        lines: list[Row] = [((line, ""),) for line in words[:-1]]
        text, key, rest = words[-1].partition(KEY)
        lines.append(((text, ""), ("n" if key else "", "key"), (rest.replace("\0", " "), "label")))
        heads = [(head, "title"), *[(" " * len(head), "")] * len(lines)]
        return [(before, *line) for before, line in zip(heads, lines, strict=False)]


class StatusLine(TextRows):
    """One or two lines: an error, how far a run is, what just happened, or what the chosen fix helps with."""

    help: ClassVar[str] = "Errors, how far a run is, what just happened, or what the chosen fix helps with."

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self.error, self.progress, self.note, self.hint = "", "", "", ""

    def say(self, **texts: str) -> None:
        """Set error, progress, note or hint; the first of them that is not empty is shown."""
        for name, text in texts.items():
            setattr(self, name, text)
        self.set_class(bool(self.error or self.progress), "-urgent")
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """As many lines as the widget has, one more for an error."""
        texts = ((self.error, "error"), (self.progress, "key"), (self.note, ""), (self.hint, "label"))
        text, role = next((pair for pair in texts if pair[0]), ("", ""))
        most = 2 if width < WIDE or self.error else 1
        return [((f" {line}", role),) for line in wrap(printable(text), width - 2, most)]


class KeyLine(TextRows):
    """The most important keys of the moment, and at the end how to get help and out; clicking one does the same."""

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._hints: tuple[Hint, ...] = ()
        self._places: list[tuple[int, int, str]] = []

    def show(self, hints: tuple[Hint, ...]) -> None:
        """Show keys, the most important first; the last two are those that are always shown."""
        self._hints = hints
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """As many keys as fit whole beside the last two."""
        room = width - 1 + GAP - sum(map(_wide, self._hints[-ALWAYS:]))  # a margin on the left
        shown: list[Hint] = []
        for hint in self._hints[:-ALWAYS]:
            if _wide(hint) <= room:
                shown.append(hint)
                room -= _wide(hint)
        row: list[Span] = [(" ", "")]
        self._places = []
        for key, word, action in (*shown, *self._hints[-ALWAYS:]):
            start = length(row)
            row += [(key, "key"), (f" {word}" if key else word, "label")]
            self._places.append((start, length(row), action))
            row.append((" " * GAP, ""))
        return [tuple(row[:-1])]

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the pointer does."""
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.screen.run_action(action)


def _wide(hint: Hint) -> int:
    """Columns of a key and its word, with the gap after them."""
    key, word, _ = hint
    return len(key) + bool(key) + len(word) + GAP
