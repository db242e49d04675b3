"""Where one looks: the layer's and the step's cursor, which chart is shown, and the walk."""

from collections.abc import Callable
from dataclasses import replace

from textual.timer import Timer

from ...charts.catalog import chart
from ...state import session as state
from ...state.lessons import end_walk
from ...state.session import PassAxis, Session
from ...state.signal_walk import Walk, advance, at_speed
from ...state.signal_walk import step as step_walk
from ...state.zoom import closer
from ..common.host import Host

CHARTS = {"step": "by {}, the last on the right", "layer": "by layer, at the cursor's {}",
          "map": "by layer and {}"}  # fmt: skip


class Navigation:
    """Actions that change where the session looks."""

    ACTIONS = ("move", "cross", "leap", "leap_across", "first", "last", "update", "view", "front", "walk", "speed",
               "zoom", "absolute")  # fmt: skip

    def __init__(self, host: Host, every: Callable[[float, Callable[[], None]], Timer]):
        self.host, self._every = host, every
        self._timer: Timer | None = None

    def move(self, by: int) -> None:
        """The cursor along the chart."""
        self._shift(self.host.now.across, by)

    def cross(self, by: int) -> None:
        """The other cursor: the layer while the chart is over steps, the step while it is over layers."""
        self._shift(self._other, by)

    def leap(self, direction: int) -> None:
        """A tenth of the chart on."""
        self._leap(self.host.now.across, direction)

    def leap_across(self, direction: int) -> None:
        """A tenth of the layers or steps on, whichever the chart does not show from left to right."""
        self._leap(self._other, direction)

    def first(self) -> None:
        """The cursor to the chart's left end."""
        self._go(self.host.now.across, 1)

    def last(self) -> None:
        """The cursor to the chart's right end."""
        self._go(self.host.now.across, self._length(self.host.now.across))

    def go_to(self, layer: int | None = None, step: int | None = None) -> None:
        """The cursors to a layer and a step; a walk that plays pauses there."""
        walk = self.host.now.walk
        self.host.follow(
            state.move(replace(self.host.now, walk=replace(walk, playing=False) if walk else None), layer, step)
        )

    @property
    def _other(self) -> PassAxis:
        return "step" if self.host.now.across == "layer" else "layer"

    def _length(self, axis: PassAxis) -> int:
        return self.host.now.depth if axis == "layer" else self.host.now.steps

    def _go(self, axis: PassAxis, place: int) -> None:
        if axis == "layer":
            self.go_to(layer=place)
        else:
            self.go_to(step=place)

    def _shift(self, axis: PassAxis, by: int) -> None:
        self._go(axis, (self.host.now.layer_cursor if axis == "layer" else self.host.now.step_cursor) + by)

    def _leap(self, axis: PassAxis, direction: int) -> None:
        self._shift(axis, direction * max(self._length(axis) // 10, 2))

    def update(self, by: int) -> None:
        """The walk one place on or back, if there is one; else the pass of the next update, or of the one before."""
        now = self.host.now
        if now.walk is not None:
            self._follow(step_walk(now.walk, by))
        elif now.inspected_update is None:
            self.host.say(note="this is the first pass; t trains, and there Enter shows the pass of any update")
        else:
            self.host.become(state.look(now, now.playback.cursor + by))

    def view(self, by: int) -> None:
        """Another chart, if there are several."""
        now = self.host.now
        if len(now.views) == 1:
            self.host.say(note=_no_other(now))
            return
        view = now.views[(now.views.index(now.shown) + by) % len(now.views)]
        self.host.become(replace(now, view=view), f"the chart is {CHARTS[view].format(now.step_word)}")

    def front(self) -> None:
        """The other run on the heatmap."""
        now = self.host.now
        if "map" not in now.views or not now.two:
            axes = f"several layers and {now.step_word}s"
            self.host.say(note=f"b shows the other run on the heatmap of {axes}, while a fix is on")
        else:
            self.host.become(replace(now, front="baseline" if now.front == "fixed" else "fixed"))

    def walk(self) -> None:
        """Play or pause the walk; a finished one starts again."""
        now, walk = self.host.now, self.host.now.walk
        if walk is None or walk.finished:
            over: PassAxis = "step" if now.steps > 1 and now.has_state else "layer"
            self._follow(
                Walk(self._length(over), over=over, start=now.step_cursor if over == "step" else now.layer_cursor)
            )
        else:
            self._follow(replace(walk, playing=not walk.playing))
        self._time()

    def speed(self, by: int) -> None:
        """A faster walk, or a slower one."""
        walk = self.host.now.walk
        if walk is None:
            self.host.say(note="< and > are for the walk, which space begins")
        else:
            self._follow(at_speed(walk, by))
            self._time()

    def _time(self) -> None:
        """Tick as the walk wants it."""
        self.stop()
        walk = self.host.now.walk
        if walk is not None and walk.playing:
            self._timer = self._every(walk.tick, self.tick)

    def tick(self) -> None:
        """A step of the walk."""
        walk = self.host.now.walk
        if walk is None or not walk.playing:
            self.stop()
        elif walk.finished:
            self.stop()
            self.host.follow(end_walk(self.host.now))
        else:
            self._follow(advance(walk))

    def _follow(self, walk: Walk) -> None:
        layer, step = (walk.place, None) if walk.over == "layer" else (None, walk.place)
        self.host.follow(state.move(replace(self.host.now, walk=walk), layer, step))

    def zoom(self, by: int) -> None:
        """Half of the axis around the cursor, or twice as much."""
        now = self.host.now
        self.host.become(replace(now, zoom=closer(self._length(now.across), now.zoom, by)))

    def absolute(self) -> None:
        """The gradient as it is, or relative to the last layer or step."""
        now = self.host.now
        words = (
            "as it is"
            if not now.absolute
            else f"relative to that of the last layer or {now.step_word}, as the verdict sees it"
        )
        self.host.become(replace(now, absolute=not now.absolute), f"the gradient is shown {words}")

    def stop(self) -> None:
        """The walk no longer goes on by itself."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def _no_other(now: Session) -> str:
    """Why there is no other chart."""
    if now.steps == 1:
        return "other charts need time steps or tokens (rnn, lstm, gru or transformer; e edits the kind)"
    drawn = chart(now.quantity)
    return (
        f"{drawn.title} is one number a layer; v has others" if drawn.by_layer else "other charts need several layers"
    )
