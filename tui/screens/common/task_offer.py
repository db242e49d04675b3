"""The task that is offered for training where the loss is a probe, which has nothing to learn."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ....sim.data.probe import NO_TARGET, task_changes
from ....sim.errors import UserError, printable
from ...state.changes import train_on_task
from ...terminal.textual_private import Window
from .host import Host


class NothingToLearn(Window[bool]):
    """Returns whether to train on a task instead; `task` is its words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,enter", "dismiss(True)", "train on a task", id="probe.take"),
        Binding("escape", "dismiss(False)", "leave", id="probe.leave"),
    ]

    def __init__(self, task: str):
        super().__init__()
        self._offer = task

    def compose(self) -> ComposeResult:
        """Why, and the key."""
        with Vertical(classes="window"):
            yield Static(Content(f"{NO_TARGET[0].upper()}{NO_TARGET[1:]}."), classes="heading")
            yield Static(
                Content(printable(f"t trains this network on {self._offer} instead, with the same fixes and seed."))
            )
            yield Static(Content("Escape leaves it as it is."), classes="foot")


class TaskOffer:
    """Asks whether to train on a task in place of the probe."""

    def __init__(self, host: Host):
        self.host = host

    def make(self) -> None:
        """Say that a probe has nothing to learn, and which task there would be, or why there is none."""
        try:
            changes = task_changes(self.host.now.scenario)
        except UserError as error:
            self.host.say(error=str(error))
        else:
            task = f"{changes.get('data.task', 'its own targets')} with {changes['loss.name']}"
            self.host.ask(NothingToLearn(task), self._accepted)

    def _accepted(self, yes: bool | None) -> None:
        if yes:
            self.host.become(*train_on_task(self.host.now))
