"""Which picture each plot of the main screen shows: pure, from the session and its runs."""

from dataclasses import replace

from ....sim.results.trace import Trace
from ....sim.scenario.quantities import quantities
from ...charts.catalog import DEFAULT, chart
from ...charts.plot.heatmap import HeatmapPicture
from ...charts.plot.legend import NAMES
from ...charts.plot.profile import ProfilePicture, along
from ...charts.plot.strip import StripRow, as_curve
from ...charts.spread import Spread
from ...state.session import PassAxis, Session, View
from ...state.zoom import window
from ...workers.passes import Runs
from ..common.plots import Shown

SPREAD = "activation_std"
Seeds = tuple[Spread, ...]
NOTHING = (1, 0)  # the places reached when a quantity is not known yet


def pictures(now: Session, runs: Runs, second: bool, seeds: Seeds = ()) -> list[Shown]:
    """The chosen quantity in the chosen chart, and below it whatever there is room for: nothing unless `second`."""
    shown = [main(now, runs, second, seeds), *(below(now, runs, seeds) if second else ())]
    if now.walk is not None and now.walk.playing:  # which shows where it is by how far it has drawn
        return [one._replace(cursor=None) for one in shown]
    return shown


def main(now: Session, runs: Runs, second: bool, seeds: Seeds = ()) -> Shown:
    """The chosen quantity; while a walk goes forward, the activation's spread if no second chart shows it."""
    now = usable(now, runs)
    forward = now.walk is not None and now.walk.forward and backward(now.quantity)
    if forward and (not second or lower(now)):
        return _show(now, runs, now.shown, SPREAD)
    return _show(now, runs, now.shown, now.quantity, seeds=seeds)


def below(now: Session, runs: Runs, seeds: Seeds = ()) -> tuple[Shown, ...]:
    """The charts below: the same quantity seen otherwise, or the activation's spread as a walk goes forward."""
    now, walking = usable(now, runs), now.walk is not None and now.walk.forward
    if others := lower(now):
        quantity = SPREAD if walking and backward(now.quantity) else now.quantity
        return tuple(_show(now, runs, view, quantity, seeds=seeds) for view in others)
    second = "gradient_rms" if now.quantity == SPREAD else SPREAD
    if now.walk is not None and not walking:
        return (_show(now, runs, now.shown, second, whole=True),)
    return (_show(now, runs, now.shown, second, seeds=seeds),)


def usable(now: Session, runs: Runs) -> Session:
    """The session on the default quantity if neither run has the chosen one, as an LSTM's gates."""
    return now if chart(now.quantity).of(runs.baseline, runs.with_fixes) else replace(now, quantity=DEFAULT)


def lower(now: Session) -> tuple[View, ...]:
    """The charts that are not the main one, where there are several."""
    return tuple(view for view in now.views if view != now.shown)


def _show(now: Session, runs: Runs, view: View, quantity: str, whole: bool = False,
          seeds: Seeds = ()) -> Shown:  # fmt: skip
    reached, label = None if now.walk is None or whole else now.walk.reached, now.label
    if now.walk is not None and now.walk.forward and backward(quantity):
        reached = NOTHING
    elif now.walk is not None and now.walk.over == "step" and view == "layer":
        reached = None  # it shows the step that the walk has reached
    zoomed = zoomed_to(now) if (view == "layer") == (now.across == "layer") else None
    if view == "map":
        first = now.front == "fixed"
        return Shown(
            HeatmapPicture(quantity, runs.baseline, runs.with_fixes, reached, first, zoomed, now.shared, now.names),
            (now.layer_cursor, now.step_cursor),
        )
    axis: PassAxis = "step" if view == "step" else "layer"
    other, cursor = now.layer_cursor, now.step_cursor
    if axis == "layer":
        other, cursor = now.step_cursor, now.layer_cursor
    at = other if (axis == "step" or now.steps > 1) and not chart(quantity).by_layer else None
    picture = ProfilePicture(quantity, runs.baseline, runs.with_fixes, reached, axis, at, label, zoomed,
                             not now.absolute, now.flipped, now.names[0],
                             seeds if now.walk is None else ())  # fmt: skip
    return Shown(picture, cursor)


def zoomed_to(now: Session) -> tuple[int, int] | None:
    """The part of the axis that is shown, None of all."""
    if now.across == "layer":
        return window(now.depth, now.layer_cursor, now.zoom)
    return window(now.steps, now.step_cursor, now.zoom)


def visible(now: Session) -> tuple[int, int]:
    """The first and the last layer or step that are shown."""
    return zoomed_to(now) or (1, now.depth if now.across == "layer" else now.steps)


def strip(now: Session, runs: Runs) -> list[StripRow]:
    """What the strip shows: the signal and the gradient, or of both runs the one that the walk is at."""
    walk, axis = now.walk, now.across
    at, most = (now.step_cursor, now.depth) if axis == "layer" else (now.layer_cursor, now.steps)
    others = now.steps if axis == "layer" else now.depth

    def row(name: str, role: str, trace: Trace, quantity: str) -> StripRow:
        reached = walk.reached if walk is not None and walk.over == axis else None
        if walk is not None and walk.forward == backward(quantity):
            reached = NOTHING if walk.forward else None
        table = chart(quantity).values(trace)
        own = at - (others - table.shape[axis == "layer"])
        return StripRow(name, as_curve(role, along(table, axis, own), most), reached)

    if runs.with_fixes is None:
        return [row("signal", "baseline", runs.baseline, SPREAD), row("gradient", "baseline", runs.baseline, DEFAULT)]
    quantity = SPREAD if walk is not None and walk.forward else DEFAULT
    first, second = (NAMES[0][0], NAMES[1][1]) if now.other is None else now.names
    return [row(first, "baseline", runs.baseline, quantity), row(second, "fixed", runs.with_fixes, quantity)]


def backward(quantity: str) -> bool:
    """Whether a quantity is only known when the gradient has come back."""
    return quantities()[quantity].phase == "backward"
