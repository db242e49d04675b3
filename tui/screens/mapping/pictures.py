"""What the plot of the map's screen shows: pure, from what is seen of the map."""

from ....sim.sweeps.results import Results
from ...charts.plot.area import Cursor
from ...charts.plot.sweep_map import SweepPicture
from ...state.map_view import MapView
from ...terminal.glyphs import glyphs


def shown(view: MapView) -> Results:
    """The points of the map, or of its row or column at the cursor; raises UserError."""
    if view.shape == "map":
        return view.results
    return view.results.along(*((0, view.y) if view.shape == "row" else (1, view.x)))


def stamp(view: MapView, points: Results) -> tuple[object, ...]:
    """All that a picture of these points depends on: with an equal stamp it is the same."""
    at = {"map": 0, "row": view.y, "column": view.x}[view.shape]
    return points.done, id(view.results), view.shape, at, tuple(view.lines)


def picture(view: MapView, points: Results) -> SweepPicture:
    """The points as they are now, and on a whole map theory's lines."""
    return SweepPicture(points.snapshot(), glyphs().kinds, dict(view.lines) if view.shape == "map" else {})


def cursor(view: MapView) -> Cursor:
    """Where the cursor is on the picture, from 1."""
    if view.sweep.y is not None and view.shape == "map":
        return view.y + 1, view.x + 1
    return 1 + (view.y if view.shape == "column" else view.x)
