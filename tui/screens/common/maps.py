"""The map of a session: opened, a point of it adopted, and come back to."""

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from textual.screen import Screen

from .host import Host

if TYPE_CHECKING:
    from ...state.map_view import MapView, Seen
    from ..mapping.screen import Left


class Remembering(Protocol):
    """An application that knows which map was looked at last."""

    seen: "Seen | None"


class Maps:
    """Opens the map, and takes over the point that is adopted."""

    ACTIONS = ("map",)

    def __init__(self, host: Host, screen: Screen[None]):
        self.host, self.screen = host, screen

    @property
    def _app(self) -> Remembering:
        return cast(Remembering, self.screen.app)

    def map(self) -> None:
        """Two keys of the scenario, swept; the map that was seen last as it was, if it is of this scenario."""
        seen = self._app.seen
        self._open(seen.view if seen is not None and seen.of(self.host.now) else None)

    def back(self) -> bool:
        """From the adopted point of a map to that map; whether there was one."""
        seen = self._app.seen
        if seen is None or seen.adopted is None or seen.adopted != self.host.now.scenario:
            return False
        self._app.seen = replace(seen, adopted=None)
        self.host.become(replace(seen.before, scene=self.host.now.scene), "as it was before the map's point")
        self._open(seen.view)
        return True

    def _open(self, view: "MapView | None") -> None:
        from ..mapping.screen import MapScreen

        self.host.ask(MapScreen(self.host.now, view), self._left)

    def _left(self, left: "Left | None") -> None:
        from ...state.map_view import Seen

        if left is None or left.view is None:
            return
        before = self.host.now
        self._app.seen = Seen(left.view, before, left.session.scenario if left.session else None)
        if left.session is not None:
            self.host.become(left.session, left.note)
