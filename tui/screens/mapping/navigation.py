"""Where one looks on a map: its cursor, the whole or one row or column of it, closer or farther."""

from ....sim.errors import UserError
from ...state.map_view import move, turned, zoomed
from .host import MapHost

QUARTER = 4


class Navigation:
    """Actions that only change what is seen of a map."""

    ACTIONS = ("move", "leap", "edge", "shape", "zoom")

    def __init__(self, host: MapHost):
        self.host = host

    def move(self, across: int, up: int) -> None:
        """The cursor one value on."""
        if self.host.view is not None:
            self.host.become(move(self.host.view, across, up))

    def leap(self, across: int, up: int) -> None:
        """The cursor a quarter of the map on."""
        if self.host.view is not None:
            sweep = self.host.view.sweep
            self.move(across * max(len(sweep.x) // QUARTER, 1), up * max(sweep.rows // QUARTER, 1))

    def edge(self, side: int) -> None:
        """The cursor at the first or last value across."""
        if self.host.view is not None:
            self.move(side * len(self.host.view.sweep.x), 0)

    def shape(self) -> None:
        """A row, a column, the map."""
        if self.host.view is not None:
            self.host.become(turned(self.host.view))

    def zoom(self, by: int) -> None:
        """Closer around the cursor, or farther."""
        if self.host.view is None:
            return
        try:
            after = zoomed(self.host.view, self.host.session, by)
        except UserError as error:
            self.host.say(error=str(error))
            return
        if after is None:
            way = "closer: names, or single steps, have nothing between" if by > 0 else "farther"
            self.host.say(note=f"it goes no {way}")
        else:
            self.host.go(after)
