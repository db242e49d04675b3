"""The help screen: all keys in plain words, then what each part of the screen says."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...charts.plot.grid import Row
from ...state.newcomer import Newcomer
from ...terminal.glyphs import wrap
from ...terminal.textual_private import Window, screen_text
from ...widgets.text_rows import TextRows
from .glossary import Glossary

Section = tuple[str, str]
"""A heading and its text."""
Group = tuple[str, tuple[tuple[str, str], ...]]
"""A heading, and keys with what they do."""
EVERYWHERE: Group = ("on every screen", (
    ("Ctrl+L", "paint the screen anew, should another program have written over it"),
    ("Ctrl+Z", "back to the shell, where fg comes back; a run waits meanwhile"),
    ("Ctrl+Q", "quit, as Ctrl+C does"),
))  # fmt: skip


class Knowing(Protocol):
    """An application that knows whether somebody is new."""

    newcomer: Newcomer


class HelpText(TextRows):
    """Keys by group, then sections, wrapped with hanging indents."""

    def __init__(self, keys: Sequence[Group], sections: Sequence[Section]):
        super().__init__()
        self._keys, self._sections = keys, sections

    def rows(self, width: int) -> list[Row]:
        """Everything below each other."""
        rows: list[Row] = []
        for index, (heading, text) in enumerate(self._sections):
            rows += [((heading, "title"),)]
            rows += [((f"  {line}", ""),) for part in text.split("\n") for line in wrap(part, width - 2, 99)]
            rows += [()]
            if index == 0:
                rows += self._key_rows(width)
        return rows

    def _key_rows(self, width: int) -> list[Row]:
        rows: list[Row] = []
        if not self._keys:
            return rows
        widest = max(len(key) for _, keys in self._keys for key, _ in keys) + 2
        for heading, keys in self._keys:
            rows.append(((heading, "title"),))
            for key, words in keys:
                first, *more = wrap(words, width - widest - 2, 9)
                rows.append(((f"  {key.ljust(widest)}", "key"), (first, "")))
                rows += [((" " * (widest + 2) + line, ""),) for line in more]
            rows.append(())
        return rows


class Help(Window[None]):
    """Scrolls with the arrows; Escape or q leaves, ? goes on to the glossary."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,w", "dismiss(None)", "leave", id="help.leave"),
        Binding("question_mark,G", "glossary", "words", id="help.words"),
    ]

    def __init__(self, title: str, keys: Iterable[Group], sections: Iterable[Section]):
        super().__init__()
        self._title = title
        self._keys, self._sections = tuple(keys), tuple(sections)
        if self._keys:
            self._keys = (*self._keys, EVERYWHERE)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(classes="window"):
            yield Static(Content(self._title), classes="heading")
            with VerticalScroll(id="scroll"):
                yield HelpText(self._keys, self._sections)
            yield Static(Content("up/down scroll   ? what the words mean   Escape leaves"), classes="foot")

    def on_mount(self) -> None:
        """The arrows scroll at once; who has seen it is no newcomer any more."""
        cast(Knowing, self.app).newcomer.used()
        self.query_one("#scroll").focus()

    def action_glossary(self) -> None:
        """The words of the screen below, in this window's place."""
        below = self.app.screen_stack[-2]
        self.app.switch_screen(Glossary(screen_text(below)))
