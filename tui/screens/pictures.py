"""Which picture each plot of the main screen shows: pure, from the session and its runs."""

from dataclasses import fields, replace
from typing import NamedTuple

from ...sim.trace import Trace
from ..charts.area import Cursor
from ..charts.drawing import Picture
from ..charts.heatmap import HeatmapPicture
from ..charts.menu import DEFAULT, chart
from ..charts.profile import ProfilePicture
from ..session import Session, View
from ..simulation import Runs

SPREAD = "activation_std"
NOTHING = (1, 0)  # the places reached when a quantity is not known yet


class Shown(NamedTuple):
    """A picture and where its cursor is."""

    picture: Picture
    cursor: Cursor


def main(now: Session, runs: Runs, second: bool) -> Shown:
    """The chosen quantity; while a walk goes forward, the activation's spread if no second chart shows it."""
    now = usable(now, runs)
    forward = now.walk is not None and now.walk.forward and backward(now.quantity)
    if forward and (not second or lower(now)):
        return _show(now, runs, now.shown, SPREAD)
    return _show(now, runs, now.shown, now.quantity)


def below(now: Session, runs: Runs) -> tuple[Shown, ...]:
    """The charts below: the same quantity seen otherwise, or the activation's spread as a walk goes forward."""
    now, walking = usable(now, runs), now.walk is not None and now.walk.forward
    if others := lower(now):
        return tuple(_show(now, runs, view, SPREAD if walking and backward(now.quantity) else now.quantity)
                     for view in others)  # fmt: skip
    second = "gradient_rms" if now.quantity == SPREAD else SPREAD
    if now.walk is not None and not walking:
        return (_show(now, runs, now.shown, second, whole=True),)
    return (_show(now, runs, now.shown, second),)


def usable(now: Session, runs: Runs) -> Session:
    """The session on the default quantity if neither run has the chosen one, as an LSTM's gates."""
    return now if chart(now.quantity).of(runs.baseline, runs.fixed) else replace(now, quantity=DEFAULT)


def lower(now: Session) -> tuple[View, ...]:
    """The charts that are not the main one, where there are several."""
    return tuple(view for view in now.views if view != now.shown)


def _show(now: Session, runs: Runs, view: View, quantity: str, whole: bool = False) -> Shown:
    reached = None if now.walk is None or whole else now.walk.reached
    if now.walk is not None and now.walk.forward and backward(quantity):
        reached = NOTHING
    elif now.walk is not None and now.walk.over == "step" and view == "layer":
        reached = None  # it shows the step that the walk has reached
    if view == "map":
        first = now.front == "fixed"
        return Shown(HeatmapPicture(quantity, runs.baseline, runs.fixed, reached, first), (now.cursor, now.moment))
    if view == "step":
        return Shown(ProfilePicture(quantity, runs.baseline, runs.fixed, reached, "step", now.cursor), now.moment)
    moment = now.moment if now.steps > 1 else None
    return Shown(ProfilePicture(quantity, runs.baseline, runs.fixed, reached, "layer", moment), now.cursor)


def backward(quantity: str) -> bool:
    """Whether a quantity is only known when the gradient has come back."""
    return "gradient" in quantity or quantity.endswith("_factor")


def same(one: Picture | None, other: Picture) -> bool:
    """Whether two pictures are of the same traces and say the same; arrays are not compared."""
    if type(one) is not type(other):
        return False
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(other)]  # type: ignore[arg-type]
    return all(a is b or (not isinstance(a, Trace) and not isinstance(b, Trace) and a == b) for a, b in pairs)
