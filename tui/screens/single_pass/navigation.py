"""Where one looks: the layer's and the step's cursor, which chart is shown, and the walk."""

from dataclasses import replace

from textual.timer import Timer

from ....sim.data.probe import is_probe
from ...state import session as state
from ...state.lessons import end_walk
from ...state.session import Axis, Session
from ...state.signal_walk import TICK, Walk, advance
from ...workers.runs import Trainings
from .runner import Running

CHARTS = {"step": "by time step, the newest on the right", "layer": "by layer, at the cursor's step",
          "map": "by layer and step"}  # fmt: skip


class Moving(Running):
    """Actions that change where the session looks."""

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self._timer: Timer | None = None

    def action_move(self, by: int) -> None:
        """The cursor along the chart."""
        self._shift(self.now.across, by)

    def action_cross(self, by: int) -> None:
        """The other cursor: the layer while the chart is over steps, the step while it is over layers."""
        self._shift(self._other, by)

    def action_leap(self, direction: int) -> None:
        """A tenth of the chart on."""
        self._leap(self.now.across, direction)

    def action_leap_across(self, direction: int) -> None:
        """A tenth of the layers or steps on, whichever the chart does not show from left to right."""
        self._leap(self._other, direction)

    def action_first(self) -> None:
        """The cursor to the chart's left end."""
        self._go(self.now.across, 1)

    def action_last(self) -> None:
        """The cursor to the chart's right end."""
        self._go(self.now.across, self._length(self.now.across))

    def go_to(self, layer: int | None = None, moment: int | None = None) -> None:
        """The cursors to a layer and a step; a walk that plays pauses there."""
        walk = self.now.walk
        self.session = state.move(replace(self.now, walk=replace(walk, playing=False) if walk else None), layer, moment)

    @property
    def _other(self) -> Axis:
        return "step" if self.now.across == "layer" else "layer"

    def _length(self, axis: Axis) -> int:
        return self.now.depth if axis == "layer" else self.now.steps

    def _go(self, axis: Axis, place: int) -> None:
        if axis == "layer":
            self.go_to(layer=place)
        else:
            self.go_to(moment=place)

    def _shift(self, axis: Axis, by: int) -> None:
        self._go(axis, (self.now.cursor if axis == "layer" else self.now.moment) + by)

    def _leap(self, axis: Axis, direction: int) -> None:
        self._shift(axis, direction * max(self._length(axis) // 10, 2))

    def action_training(self) -> None:
        """To the screen of the training, and back to it; a probe, which has none, is offered a task."""
        if is_probe(self.now.scenario) and not self.now.updates.made:
            self.offer_task()
        else:
            self.become(state.train(self.now))

    def action_update(self, by: int) -> None:
        """The pass of the next update, or of the one before."""
        now = self.now
        if now.inspected_update is None:
            self.status.say(note="this is the first pass; t trains, and there Enter shows the pass of any update")
        else:
            self.become(state.look(now, now.updates.at + by))

    def action_view(self, by: int) -> None:
        """Another chart, if there are several."""
        now = self.now
        if len(now.views) == 1:
            about = "several layers as well" if now.steps > 1 else "time steps (rnn, lstm or gru; e edits the kind)"
            self.status.say(note=f"other charts need {about}")
            return
        view = now.views[(now.views.index(now.shown) + by) % len(now.views)]
        self.become(replace(now, view=view), f"the chart is {CHARTS[view]}")

    def action_front(self) -> None:
        """The other run on the heatmap."""
        now = self.now
        if "map" not in now.views or not now.fixes:
            self.status.say(note="b shows the other run on the heatmap of several layers and steps, while a fix is on")
        else:
            self.become(replace(now, front="baseline" if now.front == "fixed" else "fixed"))

    def action_walk(self) -> None:
        """Play or pause the walk; a finished one starts again."""
        now, walk = self.now, self.now.walk
        if walk is None or walk.finished:
            over: Axis = "step" if now.steps > 1 else "layer"
            self._follow(Walk(self._length(over), over=over, start=now.moment if over == "step" else now.cursor))
        else:
            self._follow(replace(walk, playing=not walk.playing))
        if self._timer is None:
            self._timer = self.set_interval(TICK, self._tick)

    def _tick(self) -> None:
        walk = self.now.walk
        if walk is None or not walk.playing:
            self._stop_ticking()
        elif walk.finished:
            self._stop_ticking()
            self.session = end_walk(self.now)
        else:
            self._follow(advance(walk))

    def _follow(self, walk: Walk) -> None:
        layer, moment = (walk.place, None) if walk.over == "layer" else (None, walk.place)
        self.session = state.move(replace(self.now, walk=walk), layer, moment)

    def _stop_ticking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
