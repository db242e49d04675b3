"""What the keys of both screens do to fixes, scenario and lesson: each action is one step to the next session."""

import random
from dataclasses import replace
from pathlib import Path

from ....sim.errors import UserError
from ....sim.scenario.retold import retold
from ...state import session as state
from ...state.lessons import go_to_lesson_step
from ...state.session import Session
from ...widgets.fixes import FixPanel
from .scene import Scene


class Steering(Scene):
    """Actions that only change the session; drawing and simulating follow from the change."""

    def action_digit(self, digit: int) -> None:
        """Switch the fix beside a digit."""
        fix = self.query_one(FixPanel).digit(digit)
        if fix is not None:
            self.toggle(fix.name)

    def action_toggle_chosen(self) -> None:
        """Switch the fix that up and down have chosen."""
        fix = self.query_one(FixPanel).chosen
        if fix is not None:
            self.toggle(fix.name)

    def toggle(self, name: str) -> None:
        """Switch a fix by name."""
        self.become(*state.toggle(self.now, name))

    def action_clear(self) -> None:
        """All fixes off."""
        self.become(state.clear(self.now))

    def action_adopt(self) -> None:
        """What is with fixes becomes as it is."""
        if self.now.fixed is None:
            self.status.say(note="no fix is on that could become part of the scenario")
        else:
            self.become(state.adopt(self.now), "the fixes are part of the scenario now")

    def action_lesson(self, by: int) -> None:
        """A step of the lesson on or back."""
        now = self.now
        if not now.lesson:
            self.status.say(note="this scenario has no lesson; o opens one that has")
            return
        step = by - 1 if now.step is None else now.step + by
        if step >= len(now.lesson):
            self.become(replace(now, step=None), "the lesson is over; what it showed stays switched on")
        elif step >= 0:
            self.become(*go_to_lesson_step(now, step))

    def action_seed(self) -> None:
        """Other random numbers."""
        self.edit({"seed": random.randrange(1, 100_000)})

    def action_depth(self, direction: int) -> None:
        """The next round number of layers."""
        self.edit({"network.depth": state.deeper(self.now, direction)})

    def edit(self, changes: dict[str, object]) -> None:
        """Change keys of the scenario, or say why that can't be."""
        try:
            self.become(*state.edit(self.now, changes))
        except UserError as error:
            self.status.say(error=str(error))

    def begin(self, session: Session) -> None:
        """Start anew with another scenario."""
        self.become(session)

    def default_path(self) -> Path:
        """Where saving suggests to put the scenario: its own file, or one of its title in this folder."""
        return self.now.path or Path(f"{state.slug(retold(self.now.scenario, self.now.origin).title)}.toml")
