"""The screen of the first pass: its parts, what it answers to, and how session and runs come onto it."""

from dataclasses import replace
from typing import ClassVar, cast

from textual.binding import BindingType
from textual.widget import Widget

from ...state import session as state
from ...state.doubts import Doubts, doubts
from ...state.export import Table, of_pass
from ...state.lessons import end_walk
from ...state.session import Session, same_runs
from ...widgets.footer import Hint
from ...widgets.histograms import Histograms
from ...widgets.inspector import ALL, FEW, SOME, Inspector
from ...widgets.plot import PlotWidget
from ...widgets.strip import Strip
from ...widgets.verdict import VerdictPanel
from ...workers.passes import Runs
from ...workers.runs import Trainings
from ..common.exporting import Exporting
from ..common.host import Turning
from ..common.scene import SessionScreen
from ..common.waiting import Waiting
from ..part import offer
from .close_look import CloseLook
from .inside import LookingInside
from .keys import bindings, hints
from .navigation import Navigation
from .pictures import pictures, strip, visible
from .questions import Questions
from .runner import PassRunner
from .seeds import Seeds
from .texts import walk_text

TALL, TAUGHT = 38, 46  # before an audience: screen rows from which the strip's cells have 4 rows, not 2; in a lesson
ROOMY = 28  # rows from which the inspector has more than one table


class PassScreen(SessionScreen):
    """Everything at a glance: verdicts, charts, fixes, the cursor's layer, lesson, keys."""

    scene = "pass"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self.runs: Runs | None = None
        self.waiting = False  # for the runs of the present session
        self.slow = False  # whether one has been waiting for a while
        self._stale = False  # whether the runs of the session were given up, since nobody looked
        self._patience = Waiting(self.set_timer, self._fade, self._wait)
        self.runner = PassRunner(self, trainings)
        self.navigation = Navigation(self, self.set_interval)
        self.questions = Questions(self, lambda: self.runs, self.navigation.go_to)
        self.seeds = Seeds(self, self, self.draw)
        self.inside = LookingInside(self, lambda: self.runs, trainings)
        self.close_look = CloseLook(
            self, self.runner, lambda: self.runs, lambda: self.query_one(Histograms), self.set_timer
        )
        offer(self, self.navigation, self.questions, self.seeds, self.inside)
        offer(self, Exporting(self, self, self._numbers))

    def _numbers(self) -> Table | None:
        """The numbers of the chart, as a table."""
        return (
            of_pass(self.now.quantity, self.runs.baseline, self.runs.with_fixes, self.now.names) if self.runs else None
        )

    def below_charts(self) -> tuple[Widget, ...]:
        """The widgets below the charts."""
        return (Inspector(id="inspector"), Histograms(id="histograms"))

    def under_chart(self) -> tuple[Widget, ...]:
        """The widgets below the main chart."""
        return (Strip(id="strip"),)

    def on_mount(self) -> None:
        """Paint first, simulate then."""
        if self._first.scene == self.scene:
            self.session = self._first
        self.status.say(note=self._warning or self._first.summary)

    def watch_session(self, before: Session | None, now: Session | None) -> None:
        """Simulate if the scenario or its fixes are others; draw in any case."""
        if now is None:
            return
        if before is None or self._stale or not same_runs(before, now):
            self._stale = False
            if self.runs is not None and not now.two:
                self.runs = replace(self.runs, with_fixes=None)
            self.failure, self.waiting, self.slow = "", True, False
            self.curing.keep(now.base)
            self.close_look.forget()
            self.status.say(progress="" if self.runner.known.traces else "loading the simulator", error="")
            self.runner.simulate(now)
            self._patience.begin()
        self.draw()

    def _fade(self) -> None:
        """The runs take a while: dim those of another scenario."""
        self.slow = True
        self.draw()

    def _wait(self) -> None:
        """The runs take their time: say so, and no longer show those of another scenario."""
        self.on_pass_runner_progress(PassRunner.Progress(self.status.progress or "simulating"))

    def on_pass_runner_simulated(self, event: PassRunner.Simulated) -> None:
        """New runs, unless the session has moved on since."""
        if not same_runs(event.session, self.now):
            return
        self.runs, self.waiting = event.runs, False
        self.status.say(progress="")
        self.session = state.measured(self.now, event.runs.steps)
        self.draw()

    def on_pass_runner_ready(self, event: PassRunner.Ready) -> None:
        """Try the fixes in the background, unless the session has moved on since."""
        if same_runs(event.session, self.now):
            self._cure()

    def _cure(self) -> None:
        seen = cast(Turning, self.app).scene is self  # runs may come late, and the other screen has asked since
        if seen and self.curing.in_background() and self.now.inspected_update is None:
            self.trying.begin()
            self.draw()

    def on_pass_runner_failed(self, event: PassRunner.Failed) -> None:
        """No runs, and the reason why, unless the session has moved on since."""
        if not same_runs(event.session, self.now):
            return
        self.failure, self.waiting = event.text, False
        self._drop_outdated()
        self.status.say(progress="", error=event.text)
        self.draw()

    def on_pass_runner_progress(self, event: PassRunner.Progress) -> None:
        """How far the runs are; those of another scenario are not shown while one waits."""
        if not self.waiting:
            return
        if self._drop_outdated():
            self.draw()
        self.status.say(progress=event.text)

    def _drop_outdated(self) -> bool:
        """No longer show runs of another scenario or of other fixes; whether there were any."""
        runs, self.runs = self.runs, self.up_to_date()
        return self.runs is not runs

    def on_pass_runner_viewed(self, event: PassRunner.Viewed) -> None:
        """Histograms, unless of outdated runs."""
        self.close_look.show(event.runs, event.views)

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on a chart."""
        self.navigation.go_to(event.layer, event.step)

    def enter(self, session: Session, note: str) -> None:
        """Go on where it was left; also with what was tried, if that was stopped for another question."""
        super().enter(session, note)
        if self.is_mounted and not self.waiting and self.runs is not None:
            self._cure()

    def leave(self) -> None:
        """The walk stops, and so does what is simulated."""
        self.navigation.stop()
        self._stale = self.waiting
        self.runner.stop()
        self.runner.stop_viewing()

    def back(self) -> None:
        """Stop the walk, leave the lesson or the pass of an update, whichever is on."""
        now = self.now
        if now.walk is not None:
            self.session = end_walk(now)
        elif now.step is not None:
            self.become(replace(now, step=None))
        elif now.inspected_update is not None:
            self.become(state.train(now))
        elif now.other is not None:
            self.files.end_comparison()
        elif not self.maps.back():
            self.status.say(note="", error=self.failure)

    def action_training(self) -> None:
        """To the screen of the training, and back to it; a probe, which has none, is offered a task."""
        if self.now.scenario.loss.is_probe and not self.now.playback.completed:
            self.task_offer.make()
        else:
            self.become(state.train(self.now))

    def on_unmount(self) -> None:
        """The program ends."""
        self.runner.known.wanted = ()

    # drawing

    def up_to_date(self) -> Runs | None:
        """The runs that are of the session's scenario and fixes."""
        return self.runs.up_to_date(self.now.scenario, self.now.with_fixes) if self.runs else None

    def hints(self) -> tuple[Hint, ...]:
        """The key line of the moment."""
        return hints(self.now, self.editing)

    def draw(self) -> None:
        """Show the session and its runs; widgets repaint only what differs."""
        now, runs = self.now, self.runs
        baseline, with_fixes = (runs.baseline, runs.with_fixes) if runs else (None, None)
        teaching, short = now.step is not None, self.has_class("-short")
        waiting = "no result, for the reason below" if self.failure else "simulating"
        missing = (waiting, waiting if now.two else "")
        self.fade(self.waiting and self.slow and self.up_to_date() is not runs)
        doubtful = [doubts(trace.verdict) if trace else Doubts() for trace in (baseline, with_fixes)]
        self.query_one(VerdictPanel).show(
            baseline,
            with_fixes,
            missing,
            1 if teaching and short else 2,
            stale=self.faded,
            doubts=(doubtful[0], doubtful[1]),
            walking="the verdict comes at the end of the walk" if now.walk is not None else "",
            names=now.names,
            large=self.large,
        )
        most = FEW if teaching or self.size.height < ROOMY else ALL if self.has_class("-lofty") else SOME
        forward = now.walk is not None and now.walk.forward
        self.query_one(Inspector).show(
            baseline, with_fixes, now.layer_cursor, now.step_cursor, most, forward, now.names
        )
        self.draw_frame("" if now.inspected_update is None else f"before update {now.inspected_update}")
        self._draw_charts()
        self.close_look.draw()
        self.hint()

    def _draw_charts(self) -> None:
        """The chosen quantity in the chosen chart, and below it whatever there is room for."""
        now, runs, second = self.now, self.runs, self.query_one("#second").display
        self.set_class(len(now.views) > 2, "-stacked")
        seeds = self.seeds.of(now) if self.up_to_date() is runs else ()
        self.plots.show(pictures(now, runs, second, seeds) if runs else [], waiting=runs is None)
        tall = 1 if not self.presenting else 2 if self.size.height < (TALL if now.step is None else TAUGHT) else 4
        self.query_one(Strip).show(strip(now, runs) if runs else [], now.across, visible(now), tall)

    def hint(self) -> None:
        """Where the walk is; otherwise what the chosen fix helps with, or why it does not apply."""
        fix, walk = self.fix_panel.chosen, self.now.walk
        if walk is not None:
            self.status.say(note="", hint=walk_text(self.now, self.runs))
        elif self.now.step is not None:
            self.status.say(hint="")
        elif fix is not None and not self.editing:
            self.status.say(hint=fix.about)
