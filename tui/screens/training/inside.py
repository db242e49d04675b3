"""What is inside the cursor's layer at the cursor's update, in a window of its own."""

from dataclasses import replace
from functools import partial

from textual.screen import Screen
from textual.worker import WorkType

from ...state import playback as moves
from ...state.session import Session, measured
from ...terminal.faults import reason
from ...workers.runs import Trainings
from ...workers.threads import in_thread
from ..common.host import Host
from ..dialogs.inside import NO_MEMORY, InsideWindow


class LookingInside:
    """The action that opens a layer as it was in the pass of an update."""

    ACTIONS = ("inside",)

    def __init__(self, host: Host, screen: Screen[None], trainings: Trainings):
        self.host, self.screen, self.trainings = host, screen, trainings

    def inside(self) -> None:
        """Pause, make the pass of the cursor's update once more, and open the cursor's layer of it."""
        now = self.host.now
        if not now.playback.completed:
            self.host.say(note="a layer can be opened once there is an update; space makes them")
            return
        paused = replace(now, playback=moves.pause(now.playback))
        self.host.become(paused, f"making the pass of update {paused.playback.cursor} once more")
        job: WorkType[None] = partial(self._open, paused)
        self.screen.run_worker(job, group="inside", description="what is inside", exclusive=True)

    async def _open(self, now: Session) -> None:
        both = (now.scenario, now.with_fixes, now.playback.cursor)
        try:
            runs = await in_thread(lambda stopped: self.trainings.look(*both, stopped, lambda _: None))
        except Exception as error:  # whatever it is, the interface goes on and says so
            self.host.say(note="", error=reason(error, NO_MEMORY))
            return
        if self.screen.app.screen is not self.screen:  # something else was opened since
            return
        at = measured(now, runs.steps)
        layer, step = at.layer_cursor, at.step_cursor
        self.host.say(note="")
        job = partial(self.trainings.look_inside, *both, layer, step)
        self.host.ask(InsideWindow(runs, layer, step, now.names, now.playback.cursor, job), lambda _: None)
