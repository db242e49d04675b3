"""What is asked about the pass: another quantity, a place by its number, why, and help."""

import re
from dataclasses import replace
from typing import get_args

from ...charts.catalog import charts
from ...state.session import Axis
from ..dialogs.ask import Ask
from ..dialogs.help import Help
from .keys import help_groups
from .navigation import Moving
from .texts import help_sections, verdict_section


class Looking(Moving):
    """Actions of the main screen that look at the runs."""

    def action_quantity(self, by: int) -> None:
        """Another quantity on the chart."""
        runs = (self.runs.baseline, self.runs.fixed) if self.runs else ()
        names = [chart.name for chart in charts() if chart.of(*runs)]
        here = names.index(self.now.quantity) if self.now.quantity in names else 0
        self.show_quantity(names[(here + by) % len(names)])

    def show_quantity(self, name: str) -> None:
        """A quantity by name, and what it is."""
        about = next(chart.about for chart in charts() if chart.name == name)
        self.become(replace(self.now, quantity=name), about)

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
