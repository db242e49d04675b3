"""What was tried of a session's scenario: asked for, listed, and switched on from the list."""

from typing import TYPE_CHECKING, Protocol

from textual.screen import Screen

from ...state.changes import switch
from ...state.fix_labels import labels
from ...state.session import SceneName
from ...workers.cures import Cures
from ...workers.runs import Trainings
from ...workers.threads import Stopped
from ..dialogs.cures import CureWindow
from .curing import Curing
from .host import Host

if TYPE_CHECKING:
    from ....sim.training.fix_search import Question


class Tried(Host, Protocol):
    """A host whose fixes can be tried."""

    trainings: Trainings

    @property
    def scene(self) -> SceneName:
        """Which screen it is."""

    @property
    def curing(self) -> Curing:
        """What is tried in the background."""

    @property
    def failed(self) -> bool:
        """Whether fixes are tried against what became of the run as it is."""

    def draw_cures(self) -> None:
        """Show what was tried."""


class Trying:
    """Asks for fixes to be tried, and shows what came of them."""

    ACTIONS = ("cures",)

    def __init__(self, host: Tried):
        self.host = host

    @property
    def known(self) -> Cures | None:
        """What was tried of the scenario, of its run first if that went wrong."""
        scenario, failed, curing = self.host.now.base, self.host.failed, self.host.curing
        cures = curing.of(scenario, failed)
        return cures if cures is not None or not failed else curing.of(scenario)

    def begin(self) -> None:
        """Try them, unless they are tried already."""
        scenario, failed, trainings = self.host.now.base, self.host.failed, self.host.trainings

        def question(stopped: Stopped) -> "Question":
            return trainings.question(scenario, stopped) if failed else scenario

        self.host.curing.ask(scenario, failed, question)

    def show(self, window: Screen[object]) -> None:
        """More is known of what was tried; the window that lists it may be open."""
        if self.known is not None and isinstance(window, CureWindow) and window.is_mounted:
            window.show(self.known)
        self.host.draw_cures()

    def cures(self) -> None:
        """List what was tried; what is not yet is tried now."""
        self.begin()
        if self.known is not None:
            self.host.ask(CureWindow(self.known, self.host.scene == "training"), self._take)

    def _take(self, fixes: tuple[str, ...] | None) -> None:
        if fixes is not None:
            self.host.become(switch(self.host.now, fixes), f"{labels(fixes)} on")
