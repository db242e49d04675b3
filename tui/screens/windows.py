"""The windows over the main screen: go to a layer, open, save, help."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

from ...sim.files import save_scenario
from ...sim.presets import presets
from ...sim.problems import UserError
from .. import session as state
from ..recent import is_there, remember, typed_path
from ..session import Axis
from .ask import Ask
from .gallery import Gallery, Opened
from .help import Help
from .keys import help_groups
from .steering import Steering
from .texts import help_sections, verdict_section


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


def place(text: str, axis: Axis) -> tuple[Axis, int] | None:
    """What "17", "step 17" or "l3" mean; a bare number is of the given axis."""
    words = re.fullmatch(r"\s*([a-z]*)\s*(\d{1,7})\s*", text.lower())
    if words is None:
        return None
    for name in get_args(Axis):
        if words[1] and name.startswith(words[1]):
            return name, int(words[2])
    return None if words[1] else (axis, int(words[2]))


def scenario_path(text: str) -> Path:
    """The path that a text says, ending in .toml if the text has no ending and no such file is there."""
    path = typed_path(text)
    return path if path.suffix or not path.name or is_there(path) else Path(f"{path}.toml")


def remember_file(path: Path) -> None:
    """Put a user's file on the list of recent ones; presets are in the gallery anyway."""
    if not any(preset.path == path for preset in presets()):
        remember(path)
