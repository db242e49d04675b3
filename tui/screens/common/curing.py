"""What is tried in the background for the screens: one question at a time, in a process of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.message import Message
from textual.worker import WorkType

from ....sim.numerics.threads import threads
from ....sim.scenario.scenario import Scenario
from ...terminal.faults import reason
from ...workers.cures import Cures, try_fixes
from ...workers.threads import Stopped, in_thread

if TYPE_CHECKING:
    from ....sim.training.fix_search import Question

KNOWN = 8  # scenarios whose fixes stay known
GROUP = "cures"


class Curing:
    """Knows what was tried of the last scenarios; tells the app Found when there is more."""

    class Found(Message):
        """More is known of a scenario."""

        def __init__(self, cures: Cures):
            super().__init__()
            self.cures = cures

    def __init__(self, app: App[Any]):
        self._app = app
        self._known: tuple[Cures, ...] = ()
        self._running: tuple[Scenario, bool] | None = None

    def of(self, scenario: Scenario, failed: bool = False) -> Cures | None:
        """What is known of a scenario, or of its run that went wrong."""
        return next((one for one in self._known if one.scenario == scenario and one.failed == failed), None)

    def ask(self, scenario: Scenario, failed: bool, question: "Callable[[Stopped], Question]") -> None:
        """Try what `question` makes of a scenario, unless that is known or on its way.

        What else is on its way is stopped, and what is known of it stays until that is asked again.
        """
        begun = self.of(scenario, failed) or Cures(scenario, failed=failed)
        if begun.done or self._running == (scenario, failed):
            return
        self._running = (scenario, failed)
        self._known = (begun, *(one for one in self._known if one is not begun))[:KNOWN]

        def show(cures: Cures) -> None:
            self._app.post_message(self.Found(cures))

        async def work() -> None:
            try:
                show(await in_thread(lambda stopped: try_fixes(question, begun, stopped, show)))
            except Exception as error:  # whatever it is, the interface goes on and says so
                show(Cures(scenario, failed=failed, done=True, summary=reason(error)))

        job: WorkType[None] = work
        self._app.run_worker(job, group=GROUP, description="trying fixes", exclusive=True)

    def learn(self, cures: Cures) -> bool:
        """Take over what was found, unless it was given up meanwhile."""
        before = self.of(cures.scenario, cures.failed)
        if before is None or before.done:
            return False
        self._known = tuple(cures if one is before else one for one in self._known)
        if cures.done and self._running == (cures.scenario, cures.failed):
            self._running = None
        return True

    def keep(self, scenario: Scenario) -> None:
        """Stop what is tried of any other scenario, and forget it, as it is no whole list."""
        if self._running is not None and self._running[0] != scenario:
            self._app.workers.cancel_group(self._app, GROUP)
            self._running = None
        self._known = tuple(one for one in self._known if one.done or one.scenario == scenario)

    @staticmethod
    def in_background() -> bool:
        """Whether there is a processor for it."""
        return threads() > 1
