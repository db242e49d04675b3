"""What is inside the cursor's layer, in a window of its own."""

from collections.abc import Callable
from functools import partial

from ...workers.passes import Runs, look_inside_both
from ...workers.runs import Trainings
from ..common.host import Host
from ..dialogs.inside import InsideWindow


class LookingInside:
    """The action that opens a layer; `runs` are those on the screen."""

    ACTIONS = ("inside",)

    def __init__(self, host: Host, runs: Callable[[], Runs | None], trainings: Trainings):
        self.host, self.runs, self.trainings = host, runs, trainings

    def inside(self) -> None:
        """Open the cursor's layer at the cursor's step, from a pass that is made now."""
        now, runs = self.host.now, self.runs()
        if runs is None:
            self.host.say(note="a layer can be opened once its pass is there")
            return
        layer, step, update = now.layer_cursor, now.step_cursor, now.inspected_update
        job = partial(look_inside_both, runs, layer, step)
        if update is not None:
            job = partial(self.trainings.look_inside, now.scenario, now.with_fixes, update, layer, step)
        self.host.ask(InsideWindow(runs, layer, step, now.names, update, job), lambda _: None)
