"""What a part of a screen may ask of the screen that it is a part of."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import ModalScreen

from ...state.session import Session
from ...widgets.fixes import FixPanel

T = TypeVar("T")


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
