"""The main screen: its parts and what it answers to; its drawing is in showing.py, its keys' actions in steering.py."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from ...state import session as state
from ...state.lessons import end_walk
from ...state.session import Session, same_runs
from ...widgets.fixes import FixPanel
from ...widgets.footer import KeyLine, LessonStrip, StatusLine
from ...widgets.form import Form
from ...widgets.header import Header
from ...widgets.histograms import Histograms
from ...widgets.inspector import Inspector
from ...widgets.plot import PlotWidget
from ...widgets.too_small import TooSmall
from ...widgets.verdict import VerdictPanel
from ...workers.passes import PATIENCE, SOON
from .drawing import Showing
from .keys import bindings
from .runner import Running


class Main(Showing):
    """Everything at a glance: verdicts, charts, fixes, the cursor's layer, lesson, keys."""

    scene = "pass"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-cramped"), (60, "-narrow"), (110, "-wide"), (170, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (34, "-tall")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        """From top to bottom; which parts are shown depends on the size (see gradsim.tcss)."""
        yield Header(id="header")
        yield VerdictPanel(id="verdict")
        with Horizontal(id="body"):
            yield Form(self.edit, id="form")
            with Vertical(id="middle"):
                with Horizontal(id="upper"):
                    with Vertical(id="charts"):
                        yield PlotWidget(id="chart")
                        with Horizontal(id="lower"):
                            yield PlotWidget(id="second")
                            yield PlotWidget(id="third")
                    yield FixPanel(id="fixes")
                yield Inspector(id="inspector")
                yield Histograms(id="histograms")
        yield LessonStrip(id="lesson")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")
        yield TooSmall(id="small")

    def on_mount(self) -> None:
        """Paint first, simulate then."""
        self._soon = self.set_timer(SOON, self._fade, pause=True)
        self._late = self.set_timer(PATIENCE, self._wait, pause=True)
        self._stale = False  # whether the runs of the session were given up, since nobody looked
        if self._first.scene == self.scene:
            self.session = self._first
        self.status.say(note=self._warning or self._first.summary)

    def watch_session(self, before: Session | None, now: Session | None) -> None:
        """Simulate if the scenario or its fixes are others; draw in any case."""
        if now is None:
            return
        if before is None or self._stale or not same_runs(before, now):
            self._stale = False
            if self.runs is not None and not now.fixes:
                self.runs = replace(self.runs, fixed=None)
            self._viewed, self.failure, self.waiting = None, "", True
            self.stop_viewing()
            self.status.say(progress="" if self.known.traces else "loading the simulator", error="")
            self.simulate(now)
            self._soon.stop()
            self._soon = self.set_timer(SOON, self._fade)
            self._late.stop()
            self._late = self.set_timer(PATIENCE, self._wait)
            self.slow = False
        self.draw()

    def _fade(self) -> None:
        """The runs take a while: dim those of another scenario."""
        self.slow = True
        self.draw()

    def _wait(self) -> None:
        """The runs take their time: say so, and no longer show those of another scenario."""
        self.on_running_progress(Running.Progress(self.status.progress or "simulating"))

    def on_running_simulated(self, event: Running.Simulated) -> None:
        """New runs, unless the session has moved on since."""
        if not same_runs(event.session, self.now):
            return
        self.runs, self.waiting = event.runs, False
        self.status.say(progress="")
        self.session = state.measured(self.now, event.runs.steps)
        self.draw()

    def on_running_failed(self, event: Running.Failed) -> None:
        """No runs, and the reason why, unless the session has moved on since."""
        if not same_runs(event.session, self.now):
            return
        self.failure, self.waiting = event.text, False
        self._drop_outdated()
        self.status.say(progress="", error=event.text)
        self.draw()

    def on_running_progress(self, event: Running.Progress) -> None:
        """How far the runs are; those of another scenario are not shown while one waits."""
        if not self.waiting:
            return
        if self._drop_outdated():
            self.draw()
        self.status.say(progress=event.text)

    def _drop_outdated(self) -> bool:
        """Let go of runs of another scenario or of other fixes; whether there were any."""
        runs, self.runs = self.runs, self.up_to_date()
        return self.runs is not runs

    def on_running_viewed(self, event: Running.Viewed) -> None:
        """Histograms, unless of outdated runs."""
        if not self.viewing(event.runs, (event.views.layer, event.views.step)):
            return
        step = event.views.step if self.now.steps > 1 else None
        self.query_one(Histograms).show(event.views.baseline, event.views.fixed, step)

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on a chart."""
        self.go_to(event.layer, event.step)

    def leave(self) -> None:
        """The walk stops, and so does what is simulated."""
        self._stop_ticking()
        self._stale = self.waiting
        self.stop_running()
        self.stop_viewing()

    def back(self) -> None:
        """Stop the walk, leave the lesson or the pass of an update, whichever is on."""
        now = self.now
        if now.walk is not None:
            self.session = end_walk(now)
        elif now.step is not None:
            self.become(replace(now, step=None))
        elif now.inspected_update is not None:
            self.become(state.train(now))
        else:
            self.status.say(note="", error=self.failure)
