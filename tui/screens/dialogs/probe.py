"""A small window that says why a probe can't be trained, and offers a task in its place."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ....sim.data.probe import NO_TARGET
from ....sim.errors import printable


class NothingToLearn(ModalScreen[bool]):
    """Returns whether to train on a task instead; `task` is its words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,enter", "dismiss(True)", "train on a task", id="probe.take"),
        Binding("escape", "dismiss(False)", "leave", id="probe.leave"),
    ]

    def __init__(self, task: str):
        super().__init__()
        self._instead = task

    def compose(self) -> ComposeResult:
        """Why, and the key."""
        with Vertical(classes="window"):
            yield Static(Content(f"{NO_TARGET[0].upper()}{NO_TARGET[1:]}."), classes="heading")
            yield Static(
                Content(printable(f"t trains this network on {self._instead} instead, with the same fixes and seed."))
            )
            yield Static(Content("Escape leaves it as it is."), classes="foot")
