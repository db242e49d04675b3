"""A small window that asks for one line of text and explains what is wrong with it."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ....sim.errors import printable
from ...terminal.textual_private import Window

Check = Callable[[str], str]
"""A function from the text to what is wrong with it, "" if nothing is."""


class Ask(Window[str | None]):
    """Returns the text, or None after Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "leave", id="ask.leave")]

    def __init__(self, title: str, about: str, check: Check, text: str = ""):
        super().__init__()
        self._title, self._about, self._check, self._initial = title, about, check, text

    def compose(self) -> ComposeResult:
        """Title, input, explanation."""
        with Vertical(classes="window"):
            yield Static(Content(self._title), classes="heading")
            yield Input(self._initial, id="text", compact=True, select_on_focus=True)
            yield Static(Content(self._about), id="about")

    def on_input_changed(self) -> None:
        """Other text, no complaint yet."""
        self._say(self._about, wrong=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the text, or say what is wrong with it."""
        problem = self._check(event.value.strip())
        if problem:
            self._say(problem, wrong=True)
        else:
            self.dismiss(event.value.strip())

    def _say(self, text: str, wrong: bool) -> None:
        about = self.query_one("#about", Static)
        about.set_class(wrong, "-wrong")
        about.update(Content(printable(text)))
