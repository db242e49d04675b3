"""The windows over the main screen: go to a layer, open, save, help."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from ...sim.files import save_scenario
from ...sim.numbers import short
from ...sim.presets import presets
from ...sim.problems import UserError, printable
from ...sim.trace import Trace
from .. import session as state
from ..charts.menu import charts
from ..recent import remember
from ..session import Axis
from ..widgets.fixes import FixPanel
from ..widgets.foot import LessonStrip
from ..widgets.form import Form
from ..widgets.histograms import Histograms
from ..widgets.inspector import Inspector
from ..widgets.moment import BOUNDS, memory
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
TIME = (
    "A recurrent network has time steps as well. Its chart is by step, the newest on the right, for the cursor's "
    "layer; c changes to a chart by layer, at the cursor's step, and to a heatmap of both: a row is a layer (the "
    "first at the bottom), a column a step, and the denser the mark the larger the value, as the row below it says. "
    "A cell that stands for several layers or steps shows their mean (of the exponents). Left and right move along "
    "the chart, [ and ] move the other cursor, g goes to a number, a click picks both. The gradient at a step is the "
    "total derivative of the loss by the hidden state, along every path. Memory reaches as many steps back as 1% of "
    "the last step's gradient is left."
)


class Windows(Steering):
    """Actions that ask for something in a window."""

    def action_jump(self) -> None:
        """Ask for a layer or a step."""
        now = self.now
        lengths = {"layer": now.depth, "step": now.steps}

        def check(text: str) -> str:
            found = place(text, now.across)
            if found is not None and 1 <= found[1] <= lengths[found[0]]:
                return ""
            axis = found[0] if found else now.across
            return f"give a {axis} from 1 to {lengths[axis]}"

        def go(text: str | None) -> None:
            found = place(text or "", now.across)
            if found is not None:
                self.go_to(**{"layer" if found[0] == "layer" else "moment": found[1]})

        about = f"1 to {lengths[now.across]}; Enter goes there, Escape leaves"
        if now.steps > 1:
            other: Axis = "layer" if now.across == "step" else "step"
            about += f'; "{other} 1" goes to a {other} (1 to {lengths[other]})'
        self.app.push_screen(Ask(f"go to {now.across}", about, check), go)

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


def place(text: str, axis: Axis) -> tuple[Axis, int] | None:
    """What "17", "step 17" or "l3" mean; a bare number is of the given axis."""
    words = re.fullmatch(r"\s*([a-z]*)\s*(\d{1,7})\s*", text.lower())
    if words is None:
        return None
    for name in get_args(Axis):
        if words[1] and name.startswith(words[1]):
            return name, int(words[2])
    return None if words[1] else (axis, int(words[2]))


def verdict_section(name: str, trace: Trace | None) -> tuple[str, str]:
    """A verdict with its sentence, its ratio and the place where numbers stopped being finite."""
    if trace is None:
        return name, "no run yet"
    verdict, place = trace.verdict, trace.verdict.first_nonfinite
    lines = [f"{verdict.kind.upper()}: {verdict.why}"]
    over_time = verdict.axis == "time"
    first, last = ("step 1", f"step {trace.steps}") if over_time else ("layer 1", f"layer {trace.depth}")
    where = f" of layer {verdict.layer}" if over_time and trace.depth > 1 else ""
    lines.append(f"gradient at {first}{where} over that at {last}: {short(verdict.ratio)}, "
                 f"which is {short(verdict.factor_per_layer, 3)} a {verdict.axis.rstrip('s').replace('time', 'step')}; "
                 f"loss {short(trace.loss, 4)}")  # fmt: skip
    if place is not None:
        moment = f", step {place.step}" if trace.steps > 1 else ""
        what = f"{place.operation}, in {place.array}"
        lines.append(f"first inf or NaN: {place.phase}, layer {place.layer}{moment}, {what}")
    if trace.steps > 1:
        lines += [f"memory of layer {layer}: {memory(trace, layer)}" for layer in range(1, min(trace.depth, 6) + 1)]
    if trace.scenario.recurrent and "spectral_norm" in trace.weights:
        lines.append(BOUNDS)
    return name, printable("\n".join(lines))


def help_sections() -> Iterator[tuple[str, str]]:
    """What each part of the screen says, from the parts themselves."""
    yield "the screen", SCREEN
    yield "through time", TIME
    parts = (("the verdicts", VerdictPanel), ("the fixes", FixPanel), ("the cursor's layer", Inspector),
             ("histograms", Histograms), ("editing", Form), ("lessons", LessonStrip))  # fmt: skip
    yield from ((title, part.help) for title, part in parts)
    yield "quantities (v and V)", "\n".join(f"{chart.title}: {chart.about}" for chart in charts())


def remember_file(path: Path) -> None:
    """Put a user's file on the list of recent ones; presets are in the gallery anyway."""
    if not any(preset.path == path for preset in presets()):
        remember(path)
