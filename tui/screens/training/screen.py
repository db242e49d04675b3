"""The training screen: its parts, what it answers to, and how session and runs come onto it."""

from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from ....sim.training.verdict import WENT_WRONG
from ...state import playback as moves
from ...state import session as state
from ...state.export import Table, of_training
from ...state.session import Session, same_training
from ...widgets.failure_panel import FailurePanel
from ...widgets.footer import Hint
from ...widgets.form import Form
from ...widgets.header import TRAINING
from ...widgets.plot import PlotWidget
from ...widgets.update_table import UpdateTable
from ...widgets.verdict import VerdictPanel
from ...workers.runs import Records, Trainings
from ..common.exporting import Exporting
from ..common.scene import SessionScreen
from ..common.waiting import Waiting
from ..dialogs.help import Help
from ..part import offer
from .breakage import Breakage
from .inside import LookingInside
from .keys import bindings, help_groups, hints
from .pictures import pictures
from .playback import PlaybackKeys
from .remedies import call_for_fixes
from .run_saving import RunSaving
from .runner import TrainingRunner
from .texts import help_sections, hint_text, why_sections


class TrainingScreen(SessionScreen):
    """Both runs update by update: verdicts, charts, fixes, the cursor's update, and what broke."""

    scene = "training"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self.records = Records(None, None)
        self._patience = Waiting(self.set_timer, self._fade, self._wait)
        self.runner = TrainingRunner(self, trainings)
        self.playback_keys = PlaybackKeys(self, self.task_offer, lambda: self.records)
        self.breakage = Breakage(self, self)
        offer(self, self.playback_keys, self.breakage, Exporting(self, self, self._numbers))
        offer(self, RunSaving(self, self.runner), LookingInside(self, self, trainings))
        self._begun = False  # whether it is mounted
        self._away = False  # while the other screen is seen
        self._stale = False  # whether what was on its way has been given up since

    def _numbers(self) -> Table | None:
        """The numbers of the chart, as a table."""
        baseline, with_fixes = self.records.baseline, self.records.with_fixes
        return of_training(self.now.playback.quantity, baseline, with_fixes, self.now.names) if baseline else None

    def form(self) -> Form:
        """The form with the keys of training."""
        return Form(self.steering.edit, id="form", training=True)

    def below_charts(self) -> tuple[Widget, ...]:
        """The widgets below the charts."""
        return (UpdateTable(id="table"), FailurePanel(id="failure-panel"))

    def on_mount(self) -> None:
        """Paint first, train then."""
        self._begun = True
        self.add_class("-stacked")
        self.set_reactive(TrainingScreen.session, None)  # a key may have set it: the next is new all the same
        self.session = self._first
        self.status.say(note=self._warning or self._first.summary)

    def watch_session(self, before: Session | None, now: Session | None) -> None:
        """Make updates if other runs or more of them are wanted; draw in any case."""
        if now is None or self._away or not self._begun:  # not mounted yet: a key came before
            return
        new = before is None or self._stale or not same_training(before, now)
        if before is None or new or before.playback.target != now.playback.target:
            self.failure, self._stale = "", False
            if before is None or (new and (before.scenario is not now.scenario or before.other is not now.other)):
                self.breakage.forget()
            self.status.say(progress="" if self.records.made else "loading the simulator", error="")
            self.runner.make(now)
            self._patience.begin()
        if new:
            self.curing.keep(now.base)
            self.records = self.records.up_to_date(now.with_fixes)
        self.draw()

    def _fade(self) -> None:
        """New runs take a while: dim those of another scenario."""
        self.fade(self.records.outdated(self.now.scenario))
        self.draw()

    def _wait(self) -> None:
        """New runs take their time: no longer show those of another scenario."""
        if self.records.outdated(self.now.scenario):
            self.records = Records(None, None)
            self.draw()

    def on_training_runner_made(self, event: TrainingRunner.Made) -> None:
        """More updates, unless the session has moved on since."""
        now, records = self.now, event.records
        if self._away or not same_training(event.session, now):
            return
        if not self.records.outdated(now.scenario) and records.made < len(self.records.baseline or ()):
            return  # a late frame must not take any update back
        self.records = records
        lengths = [len(run) if run else 0 for run in (records.baseline, records.with_fixes)][: 1 + now.two]
        if event.done:
            self._patience.end()
        self.status.say(progress="")
        self.session = replace(now, playback=moves.progressed(now.playback, max(lengths), min(lengths), event.done))
        self.breakage.report()
        self._cure(event.done)
        self.draw()

    def on_training_runner_failed(self, event: TrainingRunner.Failed) -> None:
        """No runs, and the reason why, unless the session has moved on since."""
        if same_training(event.session, self.now):
            self.failure = event.text
            self._patience.end()
            self._wait()
            self.status.say(progress="", error=event.text)
            self.session = replace(self.now, playback=moves.pause(self.now.playback))
            self.draw()

    def on_training_runner_progress(self, event: TrainingRunner.Progress) -> None:
        """What takes its time."""
        self.status.say(progress=event.text)

    def on_training_runner_saved(self, event: TrainingRunner.Saved) -> None:
        """The run is in its file, or not."""
        note = f"saved as {event.path}, {self.now.playback.completed} updates" if not event.problem else ""
        self.status.say(progress="", note=note, error=event.problem)

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on a chart."""
        if event.layer is not None:
            self.session = state.move(self.now, layer=event.layer)
        if event.step is not None:
            self.playback_keys.go(event.step - 1)

    @property
    def failed(self) -> bool:
        """Whether the run as it is went wrong."""
        now, baseline = self.now, self.records.baseline
        if baseline is None or now.other is not None or self.records.outdated(now.scenario):
            return False
        return baseline.verdict.kind in WENT_WRONG

    def _cure(self, paused: bool) -> None:
        """Try what would have helped, if the run as it is calls for it."""
        baseline = self.records.baseline
        if baseline is None or self.now.other is not None or not self.curing.in_background():
            return
        if call_for_fixes(baseline, paused):
            self.trying.begin()

    def leave(self) -> None:
        """No more updates are made while nobody looks."""
        self._away = True
        self.runner.stop()

    def enter(self, session: Session, note: str) -> None:
        """Go on where it was left, or with what the other screen has changed."""
        self._away, self._stale = False, True
        super().enter(session, note)

    def back(self) -> None:
        """Close the panel, leave the lesson, or go back to the first pass."""
        now = self.now
        if self.breakage.is_open:
            self.breakage.close()
        elif now.step is not None:
            self.become(replace(now, step=None))
        elif now.other is not None:
            self.files.end_comparison()
        elif not self.maps.back():
            self.playback_keys.training()

    def action_why(self) -> None:
        """Both verdicts in full, what broke, a threshold for clipping, and the fixes that apply."""
        cures = self.cures if self.now.other is None else None
        self.app.push_screen(Help("why", (), why_sections(self.now, self.records, self.fix_list.rows(), cures)))

    def action_help(self) -> None:
        """Keys and parts of the screen, in words."""
        self.app.push_screen(Help("help", help_groups(), help_sections()))

    # drawing

    def hints(self) -> tuple[Hint, ...]:
        """The key line of the moment."""
        return hints(self.now, self.editing, self.breakage.broken_run is not None)

    def draw(self) -> None:
        """Show the session and its runs; widgets repaint only what differs."""
        now, records, playback = self.now, self.records, self.now.playback
        waiting = "no result, for the reason below" if self.failure else "training"
        missing = (waiting, waiting if now.two else "")
        self.fade(self.faded and records.outdated(now.scenario))
        brief = self.has_class("-short") and (now.step is not None or self.breakage.is_open)
        self.query_one(VerdictPanel).show(
            records.baseline,
            records.with_fixes,
            missing,
            1 if brief else 2,
            stale=self.faded,
            names=now.names,
            large=self.large,
        )
        self.draw_frame(TRAINING)
        self.query_one(UpdateTable).show(
            records.baseline, records.with_fixes, playback.cursor, now.iterations, brief, now.names
        )
        self.breakage.draw()
        plots = 1 if not self.query_one("#second").display else 2 if not self.query_one("#third").display else 3
        self.plots.show(pictures(now, records, plots))
        self.hint()

    def draw_cures(self) -> None:
        """What more is known of what was tried, also against what broke."""
        self.fix_list.draw()
        self.breakage.draw()
        self.hint()

    @property
    def worth_trying(self) -> tuple[str, ...]:
        """The fixes for what became of the run as it is, if it broke."""
        return self.breakage.worth_trying

    def hint(self) -> None:
        """How far the runs are, or what helps to read the chart."""
        if self.editing:
            return
        if self.now.playback.playing:
            self.status.say(note="")
        fix = self.fix_panel.chosen
        self.status.say(hint=hint_text(self.now, self.records, fix.about if fix is not None else ""))
