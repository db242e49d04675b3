"""What the keys of the training screen do to where one looks: update by update, chart by chart."""

from collections.abc import Callable
from dataclasses import replace

from ....sim.training.run_snapshot import RunSnapshot
from ...charts.plot.training_picture import TrainingView
from ...charts.training_catalog import training_chart, training_charts
from ...state import playback as moves
from ...state import session as state
from ...state.playback import Playback
from ...state.zoom import closer
from ...workers.runs import AFTER, Records
from ..common.host import Host
from ..common.task_offer import TaskOffer
from ..dialogs.ask import Ask
from .pictures import view_of

VIEWS = {"map": "layers over updates", "layer": "by layer, at the cursor's update"}


class PlaybackKeys:
    """Actions that change where the session looks in the training runs."""

    ACTIONS = (
        "step", "start", "newest", "play", "jump", "cross", "quantity", "view", "front", "look", "training",
        "zoom",
    )  # fmt: skip

    def __init__(self, host: Host, task_offer: TaskOffer, records: Callable[[], Records]):
        self.host, self.task_offer, self.records = host, task_offer, records

    @property
    def _both(self) -> tuple[RunSnapshot | None, RunSnapshot | None]:
        records = self.records()
        return records.baseline, records.with_fixes

    def _update(self, playback: Playback, note: str = "") -> None:
        self.host.become(replace(self.host.now, playback=playback), note)

    def go(self, update: int, note: str = "") -> None:
        """The cursor to an update, which is made if it is not there yet."""
        now = self.host.now
        beyond = update >= now.iterations and now.playback.cursor == now.iterations - 1
        more = f"the run is complete after {now.iterations} updates; e edits training.iterations"
        self._update(moves.seek(now.playback, update, now.iterations), more if beyond else note)

    def step(self, by: int) -> None:
        """Updates on, or back."""
        self.go(self.host.now.playback.cursor + by)

    def start(self) -> None:
        """To update 0."""
        self.go(0)

    def newest(self) -> None:
        """To the newest update."""
        self.go(self.host.now.playback.last)

    def play(self) -> None:
        """Play or pause."""
        now = self.host.now
        if now.scenario.loss.is_probe:
            self.task_offer.make()
        elif now.playback.playing and now.playback.target > now.playback.completed_by_both:
            self._update(moves.stop(now.playback))
        elif now.playback.completed_by_both >= now.iterations:
            self.go(now.iterations)
        elif self._all_lost:
            self.host.say(note="all parameters are NaN or inf, and never recover; x goes to the first")
        else:
            self._update(moves.play(now.playback, now.iterations))

    @property
    def _all_lost(self) -> bool:
        """Whether no run gets anywhere any more."""
        lost = [run.numbers["bad_parameters"] == 1 for run in self._both if run]
        return bool(lost) and all(len(each) >= AFTER and each[-AFTER:].all() for each in lost)

    def jump(self) -> None:
        """Ask for an update."""
        last = self.host.now.iterations - 1

        def check(text: str) -> str:
            return "" if text.isdecimal() and int(text[:9]) <= last else f"give an update from 0 to {last}"

        def go(text: str | None) -> None:
            if text is not None:
                self.go(int(text))

        self.host.ask(Ask("go to update", f"0 to {last}; Enter goes there, Escape leaves", check), go)

    def cross(self, by: int) -> None:
        """The layer's cursor."""
        self.host.follow(state.move(self.host.now, layer=self.host.now.layer_cursor + by))

    def quantity(self, by: int) -> None:
        """Another quantity on the chart."""
        records = self._both
        names = [chart.name for chart in training_charts() if chart.of(*records)] or [self.host.now.playback.quantity]
        here = names.index(self.host.now.playback.quantity) if self.host.now.playback.quantity in names else -by
        self.show_quantity(names[(here + by) % len(names)])

    def show_quantity(self, name: str) -> None:
        """A quantity by name, and what it is."""
        now = self.host.now
        after = replace(now, flipped=False, playback=replace(now.playback, quantity=name))
        chart, (baseline, _) = training_chart(name), self._both
        self.host.become(after, "" if baseline is not None and chart.hint(baseline) else chart.about)

    def view(self) -> None:
        """By layer at one update, or layers over updates."""
        playback = self.host.now.playback
        chart = training_chart(playback.quantity)
        if not chart.by_layer:
            self.host.say(note=f"the {chart.title} is of the whole network; v goes on to quantities by layer")
        else:
            view: TrainingView = "layer" if view_of(playback) == "map" else "map"
            self._update(replace(playback, view=view), f"the chart is {VIEWS[view]}")

    def front(self) -> None:
        """The other run on the heatmap."""
        now = self.host.now
        if not now.two:
            self.host.say(note="b shows the other run on the heatmap, while a fix is on")
        else:
            self.host.become(replace(now, front="baseline" if now.front == "fixed" else "fixed"))

    def zoom(self, by: int) -> None:
        """Half of the updates around the cursor, or twice as many."""
        now = self.host.now
        self.host.become(replace(now, zoom=closer(max(now.playback.completed, 1), now.zoom, by)))

    def look(self) -> None:
        """The pass of this update on the other screen."""
        if self.host.now.playback.completed:
            self.host.become(state.look(self.host.now, self.host.now.playback.cursor))

    def training(self) -> None:
        """Back to the screen of the first pass."""
        self.host.become(state.untrain(self.host.now))
