"""What the parts of a screen may ask of it, it of them, and it of the application."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import ModalScreen, Screen

from ....sim.scenario.scenario import Scenario
from ...state.lesson_text import Measured
from ...state.newcomer import Newcomer
from ...state.session import Session
from ...widgets.fixes import FixPanel
from .curing import Curing

T = TypeVar("T")


class Turning(Protocol):
    """An application with both screens."""

    scene: Screen[None]  # the one that is seen, or would be without windows over it
    newcomer: Newcomer

    def turn(self, session: Session, note: str) -> None:
        """Show the screen that a session is on."""

    def measured(self, scenario: Scenario, training: bool) -> Measured:
        """The first pass of a scenario, or its training run; None if there is none yet."""

    @property
    def curing(self) -> Curing:
        """What is tried in the background."""


class Host(Protocol):
    """A screen on a session; parts keep no session of their own."""

    @property
    def now(self) -> Session:
        """The session."""

    @property
    def fix_panel(self) -> FixPanel:
        """The panel of fixes."""

    def become(self, session: Session, note: str = "") -> None:
        """Go on with another session, saying what happened."""

    def follow(self, session: Session) -> None:
        """The same without a word, as at each step of what plays."""

    def say(self, **texts: str) -> None:
        """Set error, progress, note or hint of the line that talks."""

    def ask(self, window: ModalScreen[T], then: Callable[[T | None], None]) -> None:
        """Open a window, and take its answer; None if it was left without one."""
