"""What the keys of both screens do to fixes and scenario: each action is one step to the next session."""

import random
from dataclasses import replace

from ....sim.errors import UserError
from ...state import changes
from ...state.comparing import adopt
from .host import Host


class Steering:
    """Actions that only change the session; drawing and simulating follow from the change."""

    ACTIONS = ("digit", "toggle_chosen", "choose", "page", "clear", "adopt", "seed", "depth", "flip", "shared")

    def __init__(self, host: Host):
        self.host = host

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
