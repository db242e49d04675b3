"""The help screen: all keys in plain words, then what each part of the screen says."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

Section = tuple[str, str]
"""A heading and its text."""


class Help(ModalScreen[None]):
    """Scrolls with the arrows; Escape, ? or q leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "leave", id="help.leave")
    ]

    def __init__(self, keys: Iterable[tuple[str, str]], sections: Iterable[Section]):
        super().__init__()
        self._keys, self._sections = tuple(keys), tuple(sections)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(classes="window"):
            yield Static(Content("help"), classes="heading")
            with VerticalScroll(id="scroll"):
                yield Static(self._text())
            yield Static(Content("up/down scroll   Escape leaves"), classes="foot")

    def on_mount(self) -> None:
        """The arrows scroll at once."""
        self.query_one("#scroll").focus()

    def _text(self) -> Content:
        widest = max(len(key) for key, _ in self._keys) + 2
        parts: list[Content | str | tuple[str, str]] = []
        for key, words in self._keys:
            parts += [(f"  {key.ljust(widest)}", "bold"), f"{words}\n"]
        for heading, text in self._sections:
            parts += [("\n" + heading + "\n", "bold"), text + "\n"]
        return Content.assemble(*parts)
