"""The windows over the main screen: go to a layer, open, save, help."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...sim.files import save_scenario
from ...sim.numbers import short
from ...sim.presets import presets
from ...sim.problems import UserError, printable
from ...sim.trace import Trace
from .. import session as state
from ..charts.menu import charts
from ..recent import is_there, remember, typed_path
from ..widgets.fixes import FixPanel
from ..widgets.foot import LessonStrip
from ..widgets.form import Form
from ..widgets.histograms import Histograms
from ..widgets.inspector import Inspector
from ..widgets.verdict import VerdictPanel
from .ask import Ask
from .gallery import Gallery, Opened
from .help import Help
from .keys import help_groups
from .steering import Steering

SCREEN = (
    "gradsim sends a real batch forward through a network and the gradient of its loss back. The chart shows how "
    "large the gradient is at each layer: from right to left is its way back. It should stay level; if it falls it "
    "vanishes and early layers do not learn, if it rises it explodes. 'As it is' is the scenario, 'with fixes' the "
    "same network from the same seed with the fixes that are on. v marks zeros on the chart, ^ inf, x NaN."
)


class Windows(Steering):
    """Actions that ask for something in a window."""

    def action_jump(self) -> None:
        """Ask for a layer."""

        def check(text: str) -> str:
            right = text.isdecimal() and len(text) < 10 and 1 <= int(text) <= self.now.depth
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
            path = scenario_path(text)
            if not text:
                return "give a path, such as my-network.toml"
            if is_there(path) and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it (its comments stay)"
            try:
                save_scenario(state.to_save(self.now, path), path)
            except UserError as error:
                return str(error)
            return ""

        path = self.default_path()
        own = not any(preset.path == path for preset in presets())
        suggestion = str(path if own else path.name)
        self.app.push_screen(Ask("save as", "a .toml file; Enter saves, Escape leaves", check, suggestion), self._saved)

    def _saved(self, text: str | None) -> None:
        if text:
            path = scenario_path(text)
            remember_file(path.resolve())
            session, note = state.saved(self.now, path.resolve())
            self.become(session, f"saved as {path}{note}")

    def action_why(self) -> None:
        """Both verdicts in full."""
        runs = self.runs
        sections = [verdict_section("as it is", runs.baseline if runs else None)]
        if self.now.fixes:
            sections.append(verdict_section("with fixes", runs.fixed if runs else None))
        self.app.push_screen(Help("why", (), sections))

    def action_help(self) -> None:
        """Keys and parts of the screen, in words."""
        self.app.push_screen(Help("help", help_groups(), help_sections()))


def verdict_section(name: str, trace: Trace | None) -> tuple[str, str]:
    """A verdict with its sentence, its ratio and the place where numbers stopped being finite."""
    if trace is None:
        return name, "no run yet"
    verdict, place = trace.verdict, trace.verdict.first_nonfinite
    lines = [f"{verdict.kind.upper()}: {verdict.why}"]
    lines.append(f"gradient at layer 1 over that at layer {trace.depth}: {short(verdict.ratio)}, "
                 f"which is {short(verdict.factor_per_layer, 3)} a layer; loss {short(trace.loss, 4)}")  # fmt: skip
    if place is not None:
        lines.append(f"first inf or NaN: {place.phase}, layer {place.layer}, {place.operation}, in {place.array}")
    return name, printable("\n".join(lines))


def help_sections() -> Iterator[tuple[str, str]]:
    """What each part of the screen says, from the parts themselves."""
    yield "the screen", SCREEN
    parts = (("the verdicts", VerdictPanel), ("the fixes", FixPanel), ("the cursor's layer", Inspector),
             ("histograms", Histograms), ("editing", Form), ("lessons", LessonStrip))  # fmt: skip
    yield from ((title, part.help) for title, part in parts)
    yield "quantities (v and V)", "\n".join(f"{chart.title}: {chart.about}" for chart in charts())


def scenario_path(text: str) -> Path:
    """The path that a text says, ending in .toml if the text has no ending and no such file is there."""
    path = typed_path(text)
    return path if path.suffix or not path.name or is_there(path) else Path(f"{path}.toml")


def remember_file(path: Path) -> None:
    """Put a user's file on the list of recent ones; presets are in the gallery anyway."""
    if not any(preset.path == path for preset in presets()):
        remember(path)
