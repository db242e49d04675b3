"""The training runs behind the screen: made in a thread that stops when the session moves on."""

from functools import partial
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkType

from ....sim.data.probe import NO_TARGET
from ....sim.errors import UserError
from ....sim.scenario.scenario import without_stale_words
from ...state.session import Session
from ...terminal.faults import reason
from ...workers.runs import Records, Trainings
from ...workers.threads import in_thread

NO_MEMORY = "not enough memory for this training; make depth, width or batch smaller"


class TrainingRunner:
    """The training runs of a screen; tells it Made, Failed, Progress or Saved."""

    def __init__(self, screen: Screen[None], trainings: Trainings):
        self.screen, self.trainings = screen, trainings

    class Made(Message):
        """More updates of a session's runs are there; `done` if all that it wanted."""

        def __init__(self, session: Session, records: Records, done: bool):
            super().__init__()
            self.session, self.records, self.done = session, records, done

    class Failed(Message):
        """A session can't be trained; in words."""

        def __init__(self, session: Session, text: str):
            super().__init__()
            self.session, self.text = session, text

    class Progress(Message):
        """What takes its time."""

        def __init__(self, text: str):
            super().__init__()
            self.text = text

    class Saved(Message):
        """A run was written to a file, or why not."""

        def __init__(self, path: Path, problem: str = ""):
            super().__init__()
            self.path, self.problem = path, problem

    def make(self, session: Session) -> None:
        """Make the updates that a session wants; what this outdates is stopped."""
        job: WorkType[None] = partial(self._make, session)
        self.screen.run_worker(job, group="make", description="training", exclusive=True)

    def stop(self) -> None:
        """No more updates are made."""
        self.screen.workers.cancel_group(self.screen, "make")

    async def _make(self, session: Session) -> None:
        playback = session.playback
        job = partial(
            self.trainings.make, session.scenario, session.with_fixes, playback.target, until_lost=playback.whole
        )

        def show(records: Records) -> None:
            self.screen.post_message(self.Made(session, records, False))

        try:
            records: Records = await in_thread(lambda stopped: job(stopped, self._tell, show))
        except Exception as error:  # whatever it is, the interface goes on and says so
            probe = session.scenario.loss.is_probe and isinstance(error, UserError)
            text = f"{NO_TARGET}; space offers a task" if probe else reason(error, NO_MEMORY)
            self.screen.post_message(self.Failed(session, text))
        else:
            self.screen.post_message(self.Made(session, records, True))

    def write(self, session: Session, path: Path) -> None:
        """Write the run as it is to a file."""
        job: WorkType[None] = partial(self._write, session, path)
        self.screen.run_worker(job, group="save", description="saving")

    async def _write(self, session: Session, path: Path) -> None:
        try:
            scenario = without_stale_words(session.scenario, session.origin)
            await in_thread(lambda _stopped: self.trainings.save(scenario, path))
        except (UserError, OSError) as error:
            self.screen.post_message(self.Saved(path, str(error)))
        else:
            self.screen.post_message(self.Saved(path))

    def _tell(self, text: str) -> None:
        self.screen.post_message(self.Progress(text))
