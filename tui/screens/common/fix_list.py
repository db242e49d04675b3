"""What the panel of fixes lists: which are on, which do not apply, what each helps with, what came of trying it."""

from typing import Protocol

from ....sim.scenario.fix_menu import fixes
from ....sim.scenario.fixing import cures, obstacle
from ....sim.scenario.scenario import Scenario
from ...state.outcome import best_first, outcome
from ...state.session import SceneName
from ...widgets.fixes import FixRow
from ...workers.cures import Cures
from .host import Host


class Listed(Host, Protocol):
    """A host with fixes, some of which may have been tried."""

    @property
    def scene(self) -> SceneName:
        """Which screen it is."""

    @property
    def cures(self) -> Cures | None:
        """What was tried of the scenario."""

    @property
    def worth_trying(self) -> tuple[str, ...]:
        """The fixes that come first while none is tried."""


class FixList:
    """The rows of the panel; what fixes say of a scenario is only asked again of another one."""

    def __init__(self, host: Listed):
        self.host = host
        self._asked: Scenario | None = None
        self._obstacles: dict[str, str] = {}
        self._helps: dict[str, str] = {}

    def draw(self) -> None:
        """Show the fixes, with what was tried so far."""
        now, tried = self.host.now, self.host.cures
        known = best_first(tried.ranked) if tried is not None and tried.done else self.host.worth_trying
        best = known if now.step is None else ()
        trying = None if tried is None else not tried.done
        self.host.fix_panel.show(self.rows(), (now.other or now.origin, now.base), best, trying)

    def rows(self) -> tuple[FixRow, ...]:
        """The fixes, those of this screen first."""
        now = self.host.now
        if self._asked is not now.base:
            self._asked = now.base
            self._obstacles = {fix.name: obstacle(fix.name, now.base) for fix in fixes()}
            self._helps = {fix.name: cures(fix.name, now.base) for fix in fixes()}
        training = self.host.scene == "training"
        ranked = self.host.cures.ranked if self.host.cures else ()
        tried = {one.fixes[0]: outcome(one, training) for one in ranked if len(one.fixes) == 1}
        return tuple(
            FixRow(fix.name, fix.label, self._helps[fix.name], fix.name in now.fixes, self._obstacles[fix.name],
                   now.fixes.count(fix.name), tried.get(fix.name))
            for fix in fixes(training)
        )  # fmt: skip
