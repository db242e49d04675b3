"""How the session and its runs come onto the screen; widgets repaint only what differs."""

from textual.timer import Timer

from ...sim.fixing import fixes, obstacle
from ...sim.scenario import Scenario
from ..charts.drawing import Picture
from ..session import Session
from ..simulation import Runs
from ..widgets.fixes import FixPanel, FixRow
from ..widgets.foot import KeyLine, LessonStrip
from ..widgets.form import Form
from ..widgets.header import Header
from ..widgets.histograms import Histograms
from ..widgets.inspector import Inspector
from ..widgets.plot import PlotWidget
from ..widgets.verdict import VerdictPanel
from .keys import hints
from .pictures import Shown, below, main, same
from .windows import Windows

PLOTS = ("#chart", "#second", "#third")
PAUSE = 0.3  # seconds the cursor must rest before its layer is looked at closely

LOFTY = 46  # rows from which three charts and the histograms fit together
ROOMY = 23  # rows from which the inspector's second table is shown


class Showing(Windows):
    """Draws everything from the session and the runs."""

    def __init__(self, session: Session, warning: str = ""):
        super().__init__(session, warning)
        self._pictures: dict[str, Picture] = {}
        self._rest: Timer | None = None
        self._viewed: tuple[Runs, tuple[int, int]] | None = None
        self._asked: Scenario | None = None
        self._obstacles: dict[str, str] = {}

    @property
    def editing(self) -> bool:
        """Whether a field of the form has the focus."""
        return self.query_one(Form).has_focus_within

    def draw(self) -> None:
        """Show the session and its runs; widgets repaint only what differs."""
        now, runs = self.now, self.runs
        baseline, fixed = (runs.baseline, runs.fixed) if runs else (None, None)
        teaching = now.step is not None and self.has_class("-short")
        self.query_one(Header).show(now.scenario, now.edited)
        waiting = "no result, for the reason below" if self.failure else "simulating"
        missing = (waiting, waiting if now.fixes else "press a digit to switch a fix on")
        self.query_one(VerdictPanel).show(baseline, fixed, missing)
        self.query_one(FixPanel).show(self._fix_rows())
        brief, forward = teaching or self.size.height < ROOMY, now.walk is not None and now.walk.forward
        self.query_one(Inspector).show(baseline, fixed, now.cursor, now.moment, brief, forward)
        self.set_class(now.step is not None, "-teaching")
        self.query_one(LessonStrip).show(now.lesson, now.step)
        self.query_one(Form).show(now.scenario, now.dropped)
        self.query_one(KeyLine).show(hints(now, self.editing))
        self._draw_charts()
        if (now.walk is not None and now.walk.playing) or not self.viewing(runs, (now.cursor, now.moment)):
            self._viewed = None
            self.query_one(Histograms).show(None, None)
        self._hint()
        self._look_closely()

    def _fix_rows(self) -> tuple[FixRow, ...]:
        """The fixes; why one does not apply is only asked again of another scenario."""
        now = self.now
        if self._asked is not now.scenario:
            self._asked = now.scenario
            self._obstacles = {fix.name: obstacle(fix.name, now.scenario) for fix in fixes()}
        return tuple(
            FixRow(fix.name, fix.label, fix.cures, fix.name in now.fixes, self._obstacles[fix.name]) for fix in fixes()
        )

    def _draw_charts(self) -> None:
        """The chosen quantity in the chosen chart, and below it whatever there is room for."""
        now, runs, second = self.now, self.runs, self.query_one("#second").display
        self.set_class(len(now.views) > 2, "-stacked")
        self.set_class(self.size.height < LOFTY, "-low")
        shown = [] if runs is None else [main(now, runs, second), *(below(now, runs) if second else ())]
        for i, which in enumerate(PLOTS):
            self._plot(which, shown[i] if i < len(shown) else None, waiting=runs is None)

    def _plot(self, which: str, shown: Shown | None, waiting: bool) -> None:
        """A picture, unless it is on the screen already; none at all, or none yet."""
        plot, old = self.query_one(which, PlotWidget), self._pictures.get(which)
        if shown is None:
            if self._pictures.pop(which, None) is not None or not waiting:
                plot.show(None, waiting)
            return
        if not same(old, shown.picture):
            self._pictures[which] = shown.picture
            plot.show(shown.picture)
        plot.cursor = shown.cursor

    def _hint(self) -> None:
        """Where the walk is; otherwise what the chosen fix cures, or why it does not apply."""
        fix, walk = self.query_one(FixPanel).chosen, self.now.walk
        if walk is not None:
            self.status.say(note="", hint=f"{walk.text}; space {'pauses' if walk.playing else 'goes on'}, Escape stops")
        elif self.now.step is not None:
            self.status.say(hint="")
        elif fix is not None and not self.editing:
            self.status.say(hint=f"{fix.label}: {fix.obstacle or fix.cures}")

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
