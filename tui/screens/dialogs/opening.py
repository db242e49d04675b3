"""What is on the screen while the rest of the program is still being imported, so it imports next to nothing."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

WIDE = 150  # columns from which a screen keeps one line for its status, as those to come do


class Opening(Screen[None]):
    """The frame of the screens to come, each line where it will be: title, what goes on, and the key there is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "quit", id="opening.quit")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-huge")]  # noqa: RUF012

    def __init__(self, name: str):
        super().__init__()
        self._named = name

    def compose(self) -> ComposeResult:
        """Header, room for the charts, status and keys."""
        self.set_class(self.app.size.width < WIDE, "-narrow")  # at once; breakpoints would move a line after all
        yield Static(Content.assemble((" gradsim", "bold $heading"), (f"  {self._named}", "bold")), id="header")
        yield Static(id="body")
        yield Static(Content.styled(" loading the simulator", "bold"), id="status")
        yield Static(Content.assemble((" q", "bold"), (" quit", "$text-muted")), id="keys")
