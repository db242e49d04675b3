"""The runs behind the screen: simulated in threads that stop when the scenario moves on."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkType

from ....sim.errors import UserError
from ....sim.results.histogram import Inspection
from ....sim.results.trace import Trace
from ....sim.scenario.scenario import Scenario
from ...state.session import Session
from ...terminal.faults import reason
from ...workers.passes import PATIENCE, Known, Runs, Tell, Views, prepare, run_both, view_both
from ...workers.runs import Trainings
from ...workers.threads import Stopped, in_thread

NO_MEMORY = "not enough memory for this pass; make depth, width or batch smaller"
PassJob = Callable[[Stopped, Tell], Runs]


class PassRunner:
    """Both runs of a screen's session; tells the screen Simulated, Viewed, Failed or Progress."""

    run_both: ClassVar = staticmethod(run_both)
    view_both: ClassVar = staticmethod(view_both)

    class Simulated(Message):
        """Both runs of a session are there."""

        def __init__(self, session: Session, runs: Runs):
            super().__init__()
            self.session, self.runs = session, runs

    class Viewed(Message):
        """One layer was looked at closely."""

        def __init__(self, runs: Runs, views: Views[Inspection]):
            super().__init__()
            self.runs, self.views = runs, views

    class Failed(Message):
        """A session can't be simulated; in words."""

        def __init__(self, session: Session, text: str):
            super().__init__()
            self.session, self.text = session, text

    class Ready(Message):
        """A session's runs are shown, and what comes next has been prepared."""

        def __init__(self, session: Session):
            super().__init__()
            self.session = session

    class Progress(Message):
        """How far a run is."""

        def __init__(self, text: str):
            super().__init__()
            self.text = text

    def __init__(self, screen: Screen[None], trainings: Trainings):
        self.screen, self.trainings = screen, trainings
        self._prepared = False  # for other runs than the first
        self.known = Known()

    def simulate(self, session: Session) -> None:
        """Simulate a session's runs; the run that this outdates is stopped, and what only prepares for runs."""
        self.screen.workers.cancel_group(self.screen, "prepare")
        self._start(partial(self._simulate, session), "simulate", "runs")

    async def _simulate(self, session: Session) -> None:
        self.known.wanted = (session.scenario, session.with_fixes) if session.inspected_update is None else ()
        job: PassJob = partial(self.run_both, session.scenario, session.with_fixes, self.known)
        if session.inspected_update is not None:
            job = partial(self.trainings.look, session.scenario, session.with_fixes, session.inspected_update)
        try:
            runs: Runs = await in_thread(lambda stopped: job(stopped, self._tell))
        except Exception as error:  # whatever it is, the interface goes on and says so
            self.screen.post_message(self.Failed(session, reason(error, NO_MEMORY)))
        else:
            self.screen.post_message(self.Simulated(session, runs))
            self.screen.set_timer(PATIENCE, partial(self._get_ready, session))  # once the chart is drawn

    def _get_ready(self, session: Session) -> None:
        self._start(partial(self._prepare, session), "prepare", "prepare")

    async def _prepare(self, session: Session) -> None:
        """Get ready for the runs after the first, which another process may have made, unless they come before."""
        if not self._prepared:
            await in_thread(partial(prepare, session.scenario))
            self._prepared = True
        self.screen.post_message(self.Ready(session))

    def stop(self) -> None:
        """What is simulated is no longer wanted."""
        self.known.wanted = ()
        self.screen.workers.cancel_group(self.screen, "simulate")

    def trace_of(self, scenario: Scenario) -> Trace | None:
        """The first pass of a scenario, if it was made lately."""
        return next((trace for trace in self.known.traces if trace.scenario == scenario), None)

    def stop_viewing(self) -> None:
        """Histograms that are on their way must not hold up a new run."""
        self.screen.workers.cancel_group(self.screen, "view")

    def view(self, session: Session, runs: Runs, layer: int, step: int) -> None:
        """Look closely at a layer and step of both runs."""
        job = partial(self.view_both, runs, layer, step)
        if session.inspected_update is not None:
            job = partial(
                self.trainings.inspect, session.scenario, session.with_fixes, session.inspected_update, layer, step
            )
        self._start(partial(self._view, job, runs), "view", "histograms")

    async def _view(self, job: Callable[[Stopped], Views[Inspection]], runs: Runs) -> None:
        try:
            views = await in_thread(job)
        except (UserError, MemoryError):
            return
        self.screen.post_message(self.Viewed(runs, views))

    def _start(self, job: WorkType[None], group: str, about: str) -> None:
        # Without a description Textual would print the arguments to make one, all the numbers of the runs among them.
        self.screen.run_worker(job, group=group, description=about, exclusive=True)

    def _tell(self, text: str) -> None:
        self.screen.post_message(self.Progress(text))
