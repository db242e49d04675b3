"""The cursor's layer looked at closely: its histograms, once the cursor rests and where they are shown."""

from collections.abc import Callable

from textual.timer import Timer

from ....sim.results.histogram import Inspection
from ...widgets.histograms import Histograms
from ...workers.passes import Runs, Views
from ..common.host import Host
from .runner import PassRunner

PAUSE = 0.3  # seconds the cursor must rest

After = Callable[[float, Callable[[], None]], Timer]


class CloseLook:
    """Asks the runner for histograms, and shows those of the cursor's place; `runs` are those on the screen."""

    def __init__(self, host: Host, runner: PassRunner, runs: Callable[[], Runs | None],
                 histograms: Callable[[], Histograms], after: After):  # fmt: skip
        self.host, self.runner, self.runs, self.histograms, self._after = host, runner, runs, histograms, after
        self._rest: Timer | None = None
        self._viewed: tuple[Runs, tuple[int, int]] | None = None  # shown, or on their way

    @property
    def _place(self) -> tuple[int, int]:
        return self.host.now.layer_cursor, self.host.now.step_cursor

    def forget(self) -> None:
        """Other runs are asked for."""
        self._viewed = None
        self.runner.stop_viewing()

    def draw(self) -> None:
        """Hide those of another place, and wait until the cursor rests here."""
        walk, runs = self.host.now.walk, self.runs()
        walking = walk is not None and walk.playing
        if walking or not self._viewing(runs, self._place):
            self._viewed = None
            self.histograms().show(None, None)
        if self._rest is not None:
            self._rest.stop()
        if runs is not None and not walking and self.histograms().display:
            self._rest = self._after(PAUSE, self._view)

    def _view(self) -> None:
        runs, place = self.runs(), self._place
        if runs is not None and not self._viewing(runs, place):
            self._viewed = (runs, place)
            self.runner.view(self.host.now, runs, *place)

    def show(self, runs: Runs, views: Views[Inspection]) -> None:
        """The histograms are there; outdated ones are not shown."""
        now = self.host.now
        if self._viewing(runs, (views.layer, views.step)):
            moment = f"{now.step_word} {views.step}" if now.steps > 1 else ""
            self.histograms().show(views.baseline, views.with_fixes, moment, now.names)

    def _viewing(self, runs: Runs | None, place: tuple[int, int]) -> bool:
        return self._viewed is not None and self._viewed[0] is runs and self._viewed[1] == place
