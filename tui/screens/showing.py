"""How the session and its runs come onto the screen; widgets repaint only what differs."""

from textual.timer import Timer

from ...sim.fixing import fixes, obstacle
from ...sim.scenario import Scenario
from ..charts.profile import ProfilePicture
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
from .windows import Windows

PAUSE = 0.3  # seconds the cursor must rest before its layer is looked at closely

ROOMY = 23  # rows from which the inspector's second table is shown


class Showing(Windows):
    """Draws everything from the session and the runs."""

    def __init__(self, session: Session, warning: str = ""):
        super().__init__(session, warning)
        self._pictures: dict[str, ProfilePicture] = {}
        self._rest: Timer | None = None
        self._viewed: tuple[Runs, int] | None = None
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
        self.query_one(Inspector).show(baseline, fixed, now.cursor, brief=teaching or self.size.height < ROOMY,
                                         forward=now.walk is not None and now.walk.forward)  # fmt: skip
        self.set_class(now.step is not None, "-teaching")
        self.query_one(LessonStrip).show(now.lesson, now.step)
        self.query_one(Form).show(now.scenario)
        self.query_one(KeyLine).show(hints(bool(now.lesson), self.editing, now.step is not None))
        self._draw_charts()
        if (now.walk is not None and now.walk.playing) or not self.viewing(runs, now.cursor):
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
        """The chosen quantity, and the activation's spread; while a walk goes forward only the latter grows."""
        walk, quantity = self.now.walk, self.now.quantity
        second = "gradient_rms" if quantity == "activation_std" else "activation_std"
        reached = walk.reached if walk else None
        forward = walk is not None and walk.forward
        if self.query_one("#second").display:
            self._plot("#chart", quantity, (1, 0) if forward and _backward(quantity) else reached)
            self._plot("#second", second, (1, 0) if forward and _backward(second) else reached if forward else None)
        else:
            self._plot("#chart", second if forward and _backward(quantity) else quantity, reached)

    def _plot(self, which: str, quantity: str, reached: tuple[int, int] | None) -> None:
        """A quantity of the runs, unless it is on the screen already."""
        plot, runs, old = self.query_one(which, PlotWidget), self.runs, self._pictures.get(which)
        plot.cursor = self.now.cursor
        if runs is None:
            if self._pictures.pop(which, None) is not None:
                plot.show(None)
            return
        known = old is not None and old.baseline is runs.baseline and old.fixed is runs.fixed
        if not known or old is None or (old.chart, old.reached) != (quantity, reached):
            self._pictures[which] = ProfilePicture(quantity, runs.baseline, runs.fixed, reached)
            plot.show(self._pictures[which])

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
        runs, layer = self.runs, self.now.cursor
        if not self.viewing(runs, layer):
            self._viewed = (runs, layer)
            self.view(runs, layer)

    def viewing(self, runs: Runs | None, layer: int) -> bool:
        """Whether the histograms shown or on their way are those of a layer of these runs."""
        viewed = self._viewed
        return viewed is not None and viewed[0] is runs and viewed[1] == layer


def _backward(quantity: str) -> bool:
    """Whether a quantity is only known when the gradient has come back."""
    return quantity.startswith("gradient") or quantity.endswith("_factor")
