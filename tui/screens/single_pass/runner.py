"""The runs behind the screen: simulated in threads that stop when the scenario moves on."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import work
from textual.message import Message

from ....sim.errors import UserError
from ....sim.results.trace import Trace
from ....sim.scenario.scenario import Scenario
from ...state.session import Session
from ...terminal.faults import sentence
from ...workers.passes import PATIENCE, Known, Runs, Tell, Views, prepare, run_both, view_both
from ...workers.runs import Trainings
from ...workers.threads import Stopped, in_thread
from ..common.editing import Editing

Job = Callable[[Stopped, Tell], Runs]


class Running(Editing):
    """A screen with runs; says Simulated, Failed or Progress."""

    run_both: ClassVar = staticmethod(run_both)
    view_both: ClassVar = staticmethod(view_both)

    class Simulated(Message):
        """Both runs of a session are there."""

        def __init__(self, session: Session, runs: Runs):
            super().__init__()
            self.session, self.runs = session, runs

    class Viewed(Message):
        """One layer was looked at closely."""

        def __init__(self, runs: Runs, views: Views):
            super().__init__()
            self.runs, self.views = runs, views

    class Failed(Message):
        """A session can't be simulated; in words."""

        def __init__(self, session: Session, text: str):
            super().__init__()
            self.session, self.text = session, text

    class Progress(Message):
        """How far a run is."""

        def __init__(self, text: str):
            super().__init__()
            self.text = text

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self.runs: Runs | None = None
        self.waiting = False  # for the runs of the present session
        self._prepared = False  # for other runs than the first
        self.known = Known()

    @work(exclusive=True, group="simulate", description="runs")
    async def simulate(self, session: Session) -> None:
        """Simulate a session's runs; the run that this outdates is stopped, and what only prepares for runs."""
        self.workers.cancel_group(self, "prepare")
        self.known.wanted = (session.scenario, session.fixed) if session.inspected_update is None else ()
        job: Job = partial(self.run_both, session.scenario, session.fixed, self.known)
        if session.inspected_update is not None:
            job = partial(self.trainings.look, session.scenario, session.fixed, session.inspected_update)
        try:
            runs: Runs = await in_thread(lambda stopped: job(stopped, self._tell))
        except UserError as error:
            self.post_message(self.Failed(session, str(error)))
        except MemoryError:
            reason = "not enough memory for this pass; make depth, width or batch smaller"
            self.post_message(self.Failed(session, reason))
        except Exception as error:  # whatever it is, the interface goes on and says so
            self.post_message(self.Failed(session, sentence(error)))
        else:
            self.post_message(self.Simulated(session, runs))
            if not self._prepared:
                self.set_timer(PATIENCE, partial(self._prepare, session))  # once the chart is drawn

    @work(exclusive=True, group="prepare", description="prepare")
    async def _prepare(self, session: Session) -> None:
        """Get ready for the runs after the first, which another process may have made, unless they come before."""
        await in_thread(partial(prepare, session.scenario))
        self._prepared = True

    def stop_running(self) -> None:
        """What is simulated is no longer wanted."""
        self.known.wanted = ()
        self.workers.cancel_group(self, "simulate")

    def on_unmount(self) -> None:
        """The program ends."""
        self.known.wanted = ()

    def trace_of(self, scenario: Scenario) -> Trace | None:
        """The first pass of a scenario, if it was made lately."""
        return next((trace for trace in self.known.traces if trace.scenario == scenario), None)

    def stop_viewing(self) -> None:
        """Histograms that are on their way must not hold up a new run."""
        self.workers.cancel_group(self, "view")

    # Without a description Textual would print the arguments to make one, all the numbers of the runs among them.
    @work(exclusive=True, group="view", description="histograms")
    async def view(self, runs: Runs, layer: int, step: int) -> None:
        """Look closely at a layer and step of both runs."""
        now, job = self.now, partial(self.view_both, runs, layer, step)
        if now.inspected_update is not None:
            job = partial(self.trainings.inspect, now.scenario, now.fixed, now.inspected_update, layer, step)
        try:
            views: Views = await in_thread(job)
        except (UserError, MemoryError):
            return
        self.post_message(self.Viewed(runs, views))

    def _tell(self, text: str) -> None:
        self.post_message(self.Progress(text))
