"""What is asked about the pass: another quantity, a layer or step by its number, why, and help."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from ...charts.catalog import charts
from ...state.session import PassAxis
from ...workers.passes import Runs
from ..common.host import Host
from ..dialogs.ask import Ask
from ..dialogs.help import Help
from .keys import help_groups
from .texts import help_sections, verdict_section

GoTo = Callable[[int | None, int | None], None]


class Questions:
    """Actions that look at the runs; `go_to` takes the cursors to a layer and a step."""

    ACTIONS = ("quantity", "jump", "why", "help")

    def __init__(self, host: Host, runs: Callable[[], Runs | None], go_to: GoTo):
        self.host, self.runs, self.go_to = host, runs, go_to

    def quantity(self, by: int) -> None:
        """Another quantity on the chart."""
        runs = self.runs()
        traces = (runs.baseline, runs.with_fixes) if runs else ()
        names = [chart.name for chart in charts() if chart.of(*traces)]
        here = names.index(self.host.now.quantity) if self.host.now.quantity in names else 0
        self.show_quantity(names[(here + by) % len(names)])

    def show_quantity(self, name: str) -> None:
        """A quantity by name, and what it is."""
        about = next(chart.about for chart in charts() if chart.name == name)
        self.host.become(replace(self.host.now, quantity=name, flipped=False), about)

    def jump(self) -> None:
        """Ask for a layer or a step."""
        now = self.host.now
        lengths, word = {"layer": now.depth, "step": now.steps}, now.step_word

        def check(text: str) -> str:
            axis, number = parse_position(text, now.across, word) or (now.across, 0)
            if 1 <= number <= lengths[axis]:
                return ""
            return f"give a {now.word(axis)} from 1 to {lengths[axis]}"

        def go(text: str | None) -> None:
            position = parse_position(text or "", now.across, word)
            if position is not None:
                axis, number = position
                self.go_to(number if axis == "layer" else None, number if axis == "step" else None)

        about = f"1 to {lengths[now.across]}; Enter goes there, Escape leaves"
        if now.steps > 1:
            other: PassAxis = "layer" if now.across == "step" else "step"
            called = now.word(other)
            about += f'; "{called} 1" goes to a {called} (1 to {lengths[other]})'
        self.host.ask(Ask(f"go to {now.word(now.across)}", about, check), go)

    def why(self) -> None:
        """Both verdicts in full."""
        runs, (first, second) = self.runs(), self.host.now.names
        sections = [verdict_section(first, runs.baseline if runs else None)]
        if self.host.now.two:
            sections.append(verdict_section(second, runs.with_fixes if runs else None))
        self.host.ask(Help("why", (), sections), lambda _: None)

    def help(self) -> None:
        """Keys and parts of the screen, in words."""
        self.host.ask(Help("help", help_groups(), help_sections()), lambda _: None)


def parse_position(text: str, axis: PassAxis, step_word: str = "step") -> tuple[PassAxis, int] | None:
    """Axis and number of "17", "step 17", "token 17" or "l3", None of other texts; a bare number is along `axis`."""
    words = re.fullmatch(r"\s*([a-z]*)\s*(\d{1,7})\s*", text.lower())
    if words is None:
        return None
    for name in get_args(PassAxis):
        called = (name, step_word) if name == "step" else (name,)
        if words[1] and any(one.startswith(words[1]) for one in called):
            return name, int(words[2])
    return None if words[1] else (axis, int(words[2]))
