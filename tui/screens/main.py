"""The main screen: draws the session and what its runs found; the keys' actions are in steering.py."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from ...sim.files import presets, save_scenario
from ...sim.fixing import fixes, obstacle
from ...sim.problems import UserError
from .. import session as state
from ..charts.menu import charts
from ..charts.profile import ProfilePicture
from ..recent import remember
from ..session import Session
from ..simulation import Runs
from ..widgets.fixes import FixPanel, FixRow
from ..widgets.foot import KeyLine, LessonStrip, StatusLine
from ..widgets.form import Form
from ..widgets.header import Header
from ..widgets.histograms import Histograms
from ..widgets.inspector import Inspector
from ..widgets.plot import PlotWidget
from ..widgets.small import TooSmall
from ..widgets.verdict import VerdictPanel
from .ask import Ask
from .gallery import Gallery, Opened
from .help import Help
from .keys import bindings, help_groups, hints
from .steering import Steering

SCREEN = (
    "gradsim sends a real batch forward through a network and the gradient of its loss back. The chart shows how "
    "large the gradient is at each layer: from right to left is its way back. It should stay level; if it falls it "
    "vanishes and early layers do not learn, if it rises it explodes. 'As it is' is the scenario, 'with fixes' the "
    "same network from the same seed with the fixes that are on. v marks zeros on the chart, ^ inf, x NaN."
)
PAUSE = 0.3  # seconds the cursor must rest before its layer is looked at closely


class Main(Steering):
    """Everything at a glance: verdicts, charts, fixes, the cursor's layer, lesson, keys."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-cramped"), (60, "-narrow"), (110, "-wide"), (170, "-huge")]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-flat"), (18, "-short"), (34, "-tall")]

    def __init__(self, session: Session, warning: str = ""):
        super().__init__(session, warning)
        self.runs: Runs | None = None
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._rest: Timer | None = None
        self._viewed: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """From top to bottom; which parts are shown depends on the size (see gradsim.tcss)."""
        yield Header(id="header")
        yield VerdictPanel(id="verdict")
        with Horizontal(id="body"):
            yield Form(id="form")
            with Vertical(id="middle"):
                with Horizontal(id="upper"):
                    with Vertical(id="charts"):
                        yield PlotWidget(id="chart")
                        yield PlotWidget(id="second")
                    yield FixPanel(id="fixes")
                yield Inspector(id="inspector")
                yield Histograms(id="histograms")
        yield LessonStrip(id="lesson")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")
        yield TooSmall(id="small")

    def on_mount(self) -> None:
        """Paint first, simulate then."""
        self.session = self._first
        self.status.say(note=self._warning)

    def watch_session(self, before: Session | None, now: Session | None) -> None:
        """Simulate if the scenario or its fixes are others; draw in any case."""
        if now is None:
            return
        if before is None or (before.scenario, before.fixes) != (now.scenario, now.fixes):
            if self.runs and not now.fixes:
                self.runs = replace(self.runs, fixed=None)
            if self.runs and before and before.fixes and before.fixed != now.fixed and before.scenario == now.scenario:
                self.runs = replace(self.runs, fixed=None)
            self.status.say(progress="loading the simulator" if self.runs is None else "")
            self.simulate(now)
        self.draw()

    def draw(self) -> None:
        """Show the session and its runs; widgets repaint only what differs."""
        now, runs = self.now, self.runs
        baseline, fixed = (runs.baseline, runs.fixed) if runs else (None, None)
        teaching = now.step is not None and self.has_class("-short")
        self.query_one(Header).show(now.scenario)
        invitation = "simulating" if now.fixes else "press a digit to switch a fix on"
        self.query_one(VerdictPanel).show(baseline, fixed, invitation)
        self.query_one(FixPanel).show(self._fix_rows())
        self.query_one(Inspector).show(baseline, fixed, now.cursor, brief=teaching)
        self.set_class(now.step is not None, "-teaching")
        self.query_one(LessonStrip).show(now.lesson, now.step)
        self.query_one(Form).show(now.scenario)
        self.query_one(KeyLine).show(hints(bool(now.lesson), self.editing, now.step is not None))
        self._draw_charts()
        self._hint()
        self._look_closely()

    def _fix_rows(self) -> tuple[FixRow, ...]:
        now = self.now
        return tuple(FixRow(fix.name, fix.label, fix.cures, fix.name in now.fixes, obstacle(fix.name, now.scenario))
                     for fix in fixes())  # fmt: skip

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
        plot = self.query_one(which, PlotWidget)
        if self.runs is not None:
            key = (quantity, id(self.runs.baseline), id(self.runs.fixed), reached)
            if self._drawn.get(which) != key:
                self._drawn[which] = key
                plot.show(ProfilePicture(quantity, self.runs.baseline, self.runs.fixed, reached))
        plot.cursor = self.now.cursor

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
        wanted = (id(self.runs.baseline), id(self.runs.fixed), self.now.cursor)
        if wanted != self._viewed:
            self._viewed = wanted
            self.view(self.runs, self.now.cursor)

    def on_running_simulated(self, event: Steering.Simulated) -> None:
        """New runs."""
        self.runs = event.runs
        self.status.say(progress="", error="")
        self.draw()

    def on_running_failed(self, event: Steering.Failed) -> None:
        """No runs; the old ones stay, and the reason is said."""
        self.status.say(progress="", error=event.text)

    def on_running_progress(self, event: Steering.Progress) -> None:
        """How far the runs are."""
        self.status.say(progress=event.text)

    def on_running_viewed(self, event: Steering.Viewed) -> None:
        """Histograms."""
        self.query_one(Histograms).show(event.views.baseline, event.views.fixed)

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on a chart."""
        self.go_to(event.layer)

    def on_fix_panel_toggled(self, event: FixPanel.Toggled) -> None:
        """A click on a fix."""
        self.toggle(event.name)

    def on_resize(self, _event: events.Resize) -> None:
        """Other parts may be shown now."""
        self.call_after_refresh(self.draw)

    def action_choose(self, by: int) -> None:
        """Choose the next fix."""
        panel = self.query_one(FixPanel)
        panel.choose(by)
        self.status.say(note="")
        if panel.chosen is not None:
            self.status.say(hint=f"{panel.chosen.label}: {panel.chosen.obstacle or panel.chosen.cures}")

    def action_page(self) -> None:
        """The next nine fixes."""
        self.query_one(FixPanel).turn()
        self.action_choose(0)

    @property
    def editing(self) -> bool:
        """Whether a field of the form has the focus."""
        return self.query_one(Form).has_focus_within

    def action_edit(self) -> None:
        """Open the form."""
        self.add_class("-editing")
        self.query_one(Form).show(self.now.scenario)
        self.query_one(Form).enter()
        self.call_after_refresh(self.draw)

    def on_form_edited(self, event: Form.Edited) -> None:
        """A field was applied."""
        self.edit(event.changes)

    def on_form_hint(self, event: Form.Hint) -> None:
        """A field was entered."""
        self.status.say(note="", hint=event.text)

    def action_back(self) -> None:
        """Leave the form, stop the walk, or leave the lesson, whichever is on."""
        now = self.now
        if self.editing:
            self.query_one(Form).forget()
            self.set_focus(None)
            self.remove_class("-editing")
            self.call_after_refresh(self.draw)
        elif now.walk is not None:
            self.session = replace(now, walk=None)
        elif now.step is not None:
            self.become(replace(now, step=None))
        else:
            self.status.say(note="", error="")

    def action_nothing(self) -> None:
        """A key of a field, shown in the key line."""

    def action_jump(self) -> None:
        """Ask for a layer."""

        def check(text: str) -> str:
            right = text.isdecimal() and 1 <= int(text) <= self.now.depth
            return "" if right else f"give a layer from 1 to {self.now.depth}"

        about = f"1 to {self.now.depth}; Enter goes there, Escape leaves"
        self.app.push_screen(Ask("go to layer", about, check), lambda text: self.go_to(int(text)) if text else None)

    def action_open(self) -> None:
        """Show the gallery."""
        self.app.push_screen(Gallery(self.now.path), self._opened)

    def _opened(self, opened: Opened | None) -> None:
        if opened is not None:
            self.open(opened)

    def open(self, opened: Opened) -> None:
        """Start anew with another scenario."""
        remember_file(opened.path)
        quantity = self.now.quantity
        self.become(replace(state.begin(opened.scenario, opened.path), quantity=quantity), opened.scenario.summary)

    def action_save(self) -> None:
        """Ask for a path, once more if the file is there already."""
        asked: list[str] = []

        def check(text: str) -> str:
            path = Path(text).expanduser()
            if not text:
                return "give a path, such as my-network.toml"
            if path.exists() and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it (its comments stay)"
            try:
                save_scenario(self.now.scenario, path)
            except UserError as error:
                return str(error)
            return ""

        path = self.default_path()
        own = not any(preset.path == path for preset in presets())
        suggestion = str(path if own else path.name)
        self.app.push_screen(Ask("save as", "a .toml file; Enter saves, Escape leaves", check, suggestion), self._saved)

    def _saved(self, text: str | None) -> None:
        if text:
            path = Path(text).expanduser().resolve()
            remember_file(path)
            self.become(replace(self.now, path=path), f"saved as {path}")

    def action_help(self) -> None:
        """Keys and parts of the screen, in words."""
        self.app.push_screen(Help(help_groups(), self._help_sections()))

    def _help_sections(self) -> Iterator[tuple[str, str]]:
        yield "the screen", SCREEN
        parts = (("the verdicts", VerdictPanel), ("the fixes", FixPanel), ("the cursor's layer", Inspector),
                 ("histograms", Histograms), ("editing", Form), ("lessons", LessonStrip))  # fmt: skip
        yield from ((title, part.help) for title, part in parts)
        yield "quantities (v and V)", "\n".join(f"{chart.title}: {chart.about}" for chart in charts())


def remember_file(path: Path) -> None:
    """Put a user's file on the list of recent ones; presets are in the gallery anyway."""
    if not any(preset.path == path for preset in presets()):
        remember(path)


def _backward(quantity: str) -> bool:
    """Whether a quantity is only known when the gradient has come back."""
    return quantity.startswith("gradient") or quantity.endswith("_factor")
