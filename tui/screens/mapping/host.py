"""What the parts of the map's screen may ask of it."""

from typing import Protocol

from ...state.map_view import MapView
from ...state.session import Session


class MapHost(Protocol):
    """A screen that shows a map; parts keep no view of their own."""

    session: Session
    view: MapView | None  # None until the form has asked for what can be

    def become(self, view: MapView) -> None:
        """The same points, seen otherwise."""

    def go(self, view: MapView) -> None:
        """Look at another map, whose missing points are simulated."""

    def say(self, **texts: str) -> None:
        """Set error, progress, note or hint of the line that talks."""

    def draw(self) -> None:
        """Show the map."""
