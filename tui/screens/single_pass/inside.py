"""What is inside the cursor's layer, in a window of its own."""

from collections.abc import Callable

from ...workers.passes import Runs
from ..common.host import Host
from ..dialogs.inside import InsideWindow
from .runner import PassRunner


class LookingInside:
    """The action that opens a layer; `runs` are those on the screen."""

    ACTIONS = ("inside",)

    def __init__(self, host: Host, runs: Callable[[], Runs | None], runner: PassRunner):
        self.host, self.runs, self.runner = host, runs, runner

    def inside(self) -> None:
        """Open the cursor's layer at the cursor's step, from a pass that is made now."""
        now, runs = self.host.now, self.runs()
        if runs is None:
            self.host.say(note="a layer can be opened once its pass is there")
            return
        window = InsideWindow(runs, now.layer_cursor, now.step_cursor, now.names, now.inspected_update)
        self.host.ask(window, lambda _: self.runner.stop_looking_inside())
        self.runner.look_inside(now, runs, now.layer_cursor, now.step_cursor, window.show)
