"""A map as one looks at it: the results so far, the cursor, and the map it was zoomed in from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ...sim.scenario.axis_spec import FIX, fix_names
from ...sim.scenario.scenario import Scenario
from .changes import edit, switch
from .map_axes import closer, farther
from .map_fields import Asked, to_sweep
from .session import Session

if TYPE_CHECKING:
    from ...sim.sweeps.boundary import Line
    from ...sim.sweeps.results import Results
    from ...sim.sweeps.sweep import Sweep

Shape = Literal["map", "row", "column"]
SHAPES: tuple[Shape, ...] = ("map", "row", "column")


@dataclass(frozen=True)
class MapView:
    """What was asked, the results so far, the cursor (from 0), and the map that it was zoomed in from.

    `lines` are theory's, by what they are, and `theory` what it says; `shape` is a map, or a row or column of one.
    """

    asked: Asked
    results: "Results"
    x: int = 0
    y: int = 0
    shape: Shape = "map"
    lines: "Mapping[str, Line]" = field(default_factory=dict)
    theory: str = ""
    outer: "MapView | None" = None

    @property
    def sweep(self) -> "Sweep":
        """What is swept."""
        return self.results.sweep


@dataclass(frozen=True)
class Seen:
    """The last map that was looked at, the session that it was of, and the scenario if one of its points was taken."""

    view: MapView
    before: Session
    adopted: Scenario | None = None

    def of(self, session: Session) -> bool:
        """Whether the map is of a session's scenario with its fixes."""
        before = self.before
        return (session.scenario, session.fixes, session.scene) == (before.scenario, before.fixes, before.scene)


def begin_map(session: Session, asked: Asked, before: MapView | None = None) -> MapView:
    """A map of what is asked, the cursor in its middle, with the points that another one has; raises UserError."""
    from ...sim.sweeps.results import Results

    results = Results(to_sweep(asked, session))
    if before is not None:
        results.take_over(before.results)
    return MapView(asked, results, len(results.sweep.x) // 2, results.sweep.rows // 2)


def move(view: MapView, across: int, up: int) -> MapView:
    """The cursor elsewhere, within the map."""
    return replace(view, x=min(max(view.x + across, 0), len(view.sweep.x) - 1),
                   y=min(max(view.y + up, 0), view.sweep.rows - 1))  # fmt: skip


def picked(view: MapView, across: int | None, up: int | None) -> MapView:
    """The cursor where a map, its row or its column was clicked, from 1; None where a picture has no such axis."""
    if across is None and up is None:
        return view
    if view.shape == "map" and view.sweep.y is not None:
        return move(replace(view, x=(across or 1) - 1, y=view.y if up is None else up - 1), 0, 0)
    at = (across or up or 1) - 1
    return move(replace(view, y=at) if view.shape == "column" else replace(view, x=at), 0, 0)


def turned(view: MapView) -> MapView:
    """The next shape: a map, its row at the cursor, its column; of a chart of one key there is none."""
    if view.sweep.y is None:
        return view
    return replace(view, shape=SHAPES[(SHAPES.index(view.shape) + 1) % len(SHAPES)])


def zoomed(view: MapView, session: Session, by: int) -> MapView | None:
    """Half of each axis of numbers around the cursor, or what it was before, or twice as much; None if that can't be.

    Raises UserError.
    """
    if by < 0 and view.outer is not None:
        return view.outer
    texts: dict[str, str] = {}
    for name, axis, index in zip(("x", "y"), view.sweep.axes, (view.x, view.y), strict=False):
        spec = closer(axis, index) if by > 0 else farther(axis, session.scenario)
        texts |= {f"{name}_values": spec} if spec else {}
    if not texts:
        return None
    after = begin_map(session, replace(view.asked, **texts), view)
    if after.sweep == view.sweep:
        return None
    at = [_nearest(there.values, here.values[index])
          for there, here, index in zip(after.sweep.axes, view.sweep.axes, (view.x, view.y), strict=False)]  # fmt: skip
    x, y = (*at, 0)[:2]
    return replace(after, x=x, y=y, shape=view.shape, outer=view if by > 0 else None)


def _nearest(values: tuple[Any, ...], value: Any) -> int:
    """The index of a value, or of the number nearest to it."""
    if value in values:
        return values.index(value)
    return min(range(len(values)), key=lambda i: abs(values[i] - value))


def adopted(session: Session, view: MapView) -> tuple[Session, str]:
    """The session at the cursor's point, with a note; raises UserError if that point can't be."""
    sweep = view.sweep
    index = sweep.index_of(sweep.number(view.x, view.y))
    changes = sweep.values(index)
    names = fix_names(changes.pop(FIX, "none"))
    after, note = edit(session, changes) if changes else (session, "")
    after = switch(after, (*after.fixes, *(name for name in names if name not in after.fixes)))
    label = f"the map's {point_label(view)}; Escape goes back to it"
    return after, f"{label}; {note}" if note else label


def point_label(view: MapView) -> str:
    """The keys and values of the cursor's point."""
    return ", ".join(f"{axis.key}={axis.text_of(index)}" for axis, index in zip(view.sweep.axes, (view.x, view.y),
                                                                              strict=False))  # fmt: skip
