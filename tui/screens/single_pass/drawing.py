"""How the session and its runs come onto the screen; widgets repaint only what differs."""

from dataclasses import replace

from textual.geometry import Size
from textual.timer import Timer

from ...state.session import Session
from ...widgets.fixes import FixPanel
from ...widgets.footer import Hint
from ...widgets.histograms import Histograms
from ...widgets.inspector import Inspector
from ...widgets.verdict import VerdictPanel
from ...workers.passes import Runs
from ...workers.runs import Trainings
from .keys import hints
from .pictures import below, main
from .questions import Looking

PLOTS = ("#chart", "#second", "#third")
PAUSE = 0.3  # seconds the cursor must rest before its layer is looked at closely

LOFTY = 46  # rows from which three charts and the histograms fit together
ROOMY = 23  # rows from which the inspector's second table is shown


class Showing(Looking):
    """Draws everything from the session and the runs."""

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self.slow = False  # whether one has been waiting for a while
        self._rest: Timer | None = None
        self._viewed: tuple[Runs, tuple[int, int]] | None = None

    def fit(self, size: Size) -> None:
        """As for every screen, and room for the histograms or not."""
        super().fit(size)
        self.set_class(size.height < LOFTY, "-low")

    def up_to_date(self) -> Runs | None:
        """The runs that are of the session's scenario and fixes."""
        runs, now = self.runs, self.now
        if runs is None or runs.baseline.scenario != now.scenario:
            return None
        return replace(runs, fixed=None) if runs.fixed and runs.fixed.scenario != now.fixed else runs

    def hints(self) -> tuple[Hint, ...]:
        """The key line of the moment."""
        return hints(self.now, self.editing)

    def draw(self) -> None:
        """Show the session and its runs; widgets repaint only what differs."""
        now, runs = self.now, self.runs
        baseline, fixed = (runs.baseline, runs.fixed) if runs else (None, None)
        teaching = now.step is not None and self.has_class("-short")
        waiting = "no result, for the reason below" if self.failure else "simulating"
        missing = (waiting, waiting if now.fixes else "press a digit to switch a fix on")
        self.fade(self.waiting and self.slow and self.up_to_date() is not runs)
        self.query_one(VerdictPanel).show(baseline, fixed, missing, stale=self.faded)
        brief, forward = teaching or self.size.height < ROOMY, now.walk is not None and now.walk.forward
        self.query_one(Inspector).show(baseline, fixed, now.cursor, now.moment, brief, forward)
        self.draw_frame("" if now.inspected_update is None else f"before update {now.inspected_update}")
        self._draw_charts()
        if (now.walk is not None and now.walk.playing) or not self.viewing(runs, (now.cursor, now.moment)):
            self._viewed = None
            self.query_one(Histograms).show(None, None)
        self._hint()
        self._look_closely()

    def _draw_charts(self) -> None:
        """The chosen quantity in the chosen chart, and below it whatever there is room for."""
        now, runs, second = self.now, self.runs, self.query_one("#second").display
        self.set_class(len(now.views) > 2, "-stacked")
        self.set_class(self.size.height < LOFTY, "-low")
        shown = [] if runs is None else [main(now, runs, second), *(below(now, runs) if second else ())]
        for i, which in enumerate(PLOTS):
            self.plot(which, shown[i] if i < len(shown) else None, waiting=runs is None)

    def _hint(self) -> None:
        """Where the walk is; otherwise what the chosen fix cures, or why it does not apply."""
        fix, walk = self.query_one(FixPanel).chosen, self.now.walk
        if walk is not None:
            self.status.say(note="", hint=f"{walk.text}; space {'pauses' if walk.playing else 'goes on'}, Escape stops")
        elif self.now.step is not None:
            self.status.say(hint="")
        elif fix is not None and not self.editing:
            self.status.say(hint=fix.about)

    def _look_closely(self) -> None:
        """Histograms of the cursor's layer, once the cursor rests, and where they are shown."""
        if self._rest is not None:
            self._rest.stop()
        walking = self.now.walk is not None and self.now.walk.playing
        if self.runs is not None and not walking and self.query_one(Histograms).display:
            self._rest = self.set_timer(PAUSE, self._view)

    def _view(self) -> None:
        if self.runs is None:
            return
        runs, place = self.runs, (self.now.cursor, self.now.moment)
        if not self.viewing(runs, place):
            self._viewed = (runs, place)
            self.view(runs, *place)

    def viewing(self, runs: Runs | None, place: tuple[int, int]) -> bool:
        """Whether the histograms shown or on their way are those of a layer and step of these runs."""
        viewed = self._viewed
        return viewed is not None and viewed[0] is runs and viewed[1] == place
