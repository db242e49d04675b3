"""What a probe is offered in place of a training: a task, since a probe has nothing to learn."""

from ....sim.data.probe import task_changes
from ....sim.errors import UserError
from ...state.changes import train_on_task
from ..dialogs.probe import NothingToLearn
from .host import Host


class TaskOffer:
    """The window that offers to train a probe's network on a task."""

    def __init__(self, host: Host):
        self.host = host

    def open(self) -> None:
        """Say that a probe has nothing to learn, and offer a task; or say why no task fits the network."""
        try:
            changes = task_changes(self.host.now.scenario)
        except UserError as error:
            self.host.say(error=str(error))
        else:
            task = f"{changes.get('data.task', 'its own targets')} with {changes['loss.name']}"
            self.host.ask(NothingToLearn(task), self._answered)

    def _answered(self, accepted: bool | None) -> None:
        if accepted:
            self.host.become(*train_on_task(self.host.now))
