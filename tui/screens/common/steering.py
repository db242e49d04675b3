"""What the keys of both screens do to fixes, scenario and lesson: each action is one step to the next session."""

import random
from dataclasses import replace

from ....sim.errors import UserError, printable
from ....sim.scenario.file import load_scenario
from ....sim.scenario.scenario import Scenario
from ...state import changes
from ...state.comparing import adopt
from ...state.course import following
from ...state.lessons import go_to_lesson_step
from ...state.session import Session
from ..dialogs.gallery import Opened
from .files import Files
from .host import Host


class Steering:
    """Actions that only change the session; drawing and simulating follow from the change."""

    ACTIONS = ("digit", "toggle_chosen", "choose", "page", "clear", "adopt", "lesson", "seed", "depth", "flip",
               "shared")  # fmt: skip

    def __init__(self, host: Host, files: Files):
        self.host, self.files = host, files
        self._over: Scenario | None = None  # whose lesson has just been gone through

    def digit(self, digit: int) -> None:
        """Switch the fix beside a digit."""
        fix = self.host.fix_panel.digit(digit)
        if fix is not None:
            self.toggle(fix.name)

    def toggle_chosen(self) -> None:
        """Switch the fix that up and down have chosen."""
        fix = self.host.fix_panel.take()
        if fix is not None:
            self.toggle(fix.name)

    def toggle(self, name: str) -> None:
        """Switch a fix by name."""
        self.host.become(*changes.toggle(self.host.now, name))

    def choose(self, by: int) -> None:
        """Choose the next fix."""
        panel = self.host.fix_panel
        panel.choose(by)
        self.host.say(note="")
        if panel.chosen is not None:
            self.host.say(hint=panel.chosen.about)

    def page(self) -> None:
        """The next nine fixes."""
        self.host.fix_panel.turn()
        self.choose(0)

    def clear(self) -> None:
        """All fixes off."""
        self.host.become(changes.clear(self.host.now))

    def adopt(self) -> None:
        """What is with fixes becomes as it is."""
        now = self.host.now
        if not now.two:
            self.host.say(note="no fix is on that could become part of the scenario")
        else:
            note = "the fixes are part of the scenario now" if now.other is None else f"{now.names[1]} is open now"
            self.host.become(adopt(now), note)

    def lesson(self, by: int) -> None:
        """A step of the lesson on or back."""
        now = self.host.now
        if not now.lesson:
            self.host.say(note="this scenario has no lesson; o opens one that has")
            return
        step = by - 1 if now.step is None else now.step + by
        if step >= len(now.lesson):
            self._end_lesson(now)
        elif now.step is None and by > 0 and self._over is now.scenario and (after := following(now.path)):
            self.files.begin(Opened(load_scenario(after.path), after.path))
        elif step >= 0:
            self.host.become(*go_to_lesson_step(now, step))

    def _end_lesson(self, now: Session) -> None:
        """Leave the lesson, and offer the next one of the course."""
        self._over = now.scenario
        after = following(now.path)
        more = f"; n opens the next, {printable(after.title)}" if after else ""
        self.host.become(replace(now, step=None), f"the lesson is over{more}; what it showed stays switched on")

    def flip(self) -> None:
        """A linear axis in place of a logarithmic one, or the other way round."""
        now = self.host.now
        self.host.become(replace(now, flipped=not now.flipped))

    def shared(self) -> None:
        """One scale for both runs on a heatmap, or each its own."""
        now = self.host.now
        words = "each run has its own scale" if now.shared else "both runs have one scale"
        self.host.become(replace(now, shared=not now.shared), f"on heatmaps {words}")

    def seed(self) -> None:
        """Other random numbers."""
        self.edit({"seed": random.randrange(1, 100_000)})

    def depth(self, direction: int) -> None:
        """The next round number of layers."""
        self.edit({"network.depth": changes.deeper(self.host.now, direction)})

    def edit(self, keys: dict[str, object]) -> None:
        """Change keys of the scenario, or say why that can't be."""
        try:
            self.host.become(*changes.edit(self.host.now, keys))
        except UserError as error:
            self.host.say(error=str(error))
