"""What the keys of the main screen do: each action is one step from a session to the next."""

import random
from dataclasses import replace
from pathlib import Path

from textual.reactive import var
from textual.timer import Timer

from ...sim.problems import UserError
from .. import session as state
from ..charts.menu import charts
from ..session import Session
from ..walk import TICK, Walk, advance
from ..widgets.fixes import FixPanel
from ..widgets.foot import StatusLine
from .running import Running


class Steering(Running):
    """Actions that only change the session; drawing and simulating follow from the change."""

    session: var[Session | None] = var(None)

    def __init__(self, session: Session, warning: str = ""):
        super().__init__()
        self._first, self._warning = session, warning
        self._timer: Timer | None = None

    @property
    def now(self) -> Session:
        """The session, which there is from mounting on."""
        return self.session or self._first

    @property
    def status(self) -> StatusLine:
        """The line that talks."""
        return self.query_one(StatusLine)

    def become(self, session: Session, note: str = "") -> None:
        """Go on with another session, saying what happened."""
        self.status.say(note=note, error=self.failure)
        self.session = session

    def action_move(self, by: int) -> None:
        """The cursor some layers on."""
        self.go_to(self.now.cursor + by)

    def action_leap(self, direction: int) -> None:
        """The cursor a tenth of the layers on."""
        self.go_to(self.now.cursor + direction * max(self.now.depth // 10, 2))

    def action_first(self) -> None:
        """The cursor to the first layer."""
        self.go_to(1)

    def action_last(self) -> None:
        """The cursor to the last layer."""
        self.go_to(self.now.depth)

    def go_to(self, layer: int) -> None:
        """The cursor to a layer; a walk that plays pauses there."""
        walk = self.now.walk
        self.session = state.move(replace(self.now, walk=replace(walk, playing=False) if walk else None), layer)

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

    def action_quantity(self, by: int) -> None:
        """Another quantity on the chart."""
        names = [chart.name for chart in charts()]
        self.show_quantity(names[(names.index(self.now.quantity) + by) % len(names)])

    def show_quantity(self, name: str) -> None:
        """A quantity by name, and what it is."""
        about = next(chart.about for chart in charts() if chart.name == name)
        self.become(replace(self.now, quantity=name), about)

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
            self.become(*state.learn(now, step))

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

    def action_walk(self) -> None:
        """Play or pause the walk; a finished one starts again."""
        walk = self.now.walk
        if walk is None or walk.finished:
            self._follow(Walk(self.now.depth))
        else:
            self._follow(replace(walk, playing=not walk.playing))
        if self._timer is None:
            self._timer = self.set_interval(TICK, self._tick)

    def _tick(self) -> None:
        walk = self.now.walk
        if walk is None or not walk.playing:
            self._stop_ticking()
        elif walk.finished:
            self._stop_ticking()
            self.session = replace(self.now, walk=None)
        else:
            self._follow(advance(walk))

    def _follow(self, walk: Walk) -> None:
        self.session = state.move(replace(self.now, walk=walk), walk.layer)

    def _stop_ticking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def default_path(self) -> Path:
        """Where saving suggests to put the scenario: its own file, or one of its title in this folder."""
        words = "".join(c if c.isalnum() else " " for c in self.now.scenario.title.lower()).split()
        return self.now.path or Path("-".join(words) or "scenario").with_suffix(".toml")
