"""Which picture each plot of the main screen shows: pure, from the session and its runs."""

from dataclasses import replace

from ....sim.scenario.quantities import quantities
from ...charts.catalog import DEFAULT, chart
from ...charts.plot.curves import ProfilePicture
from ...charts.plot.heatmap import HeatmapPicture
from ...state.session import Session, View, fixes_label
from ...workers.passes import Runs
from ..common.shown import Shown

SPREAD = "activation_std"
NOTHING = (1, 0)  # the places reached when a quantity is not known yet


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
    return now if chart(now.quantity).of(runs.baseline, runs.with_fixes) else replace(now, quantity=DEFAULT)


def lower(now: Session) -> tuple[View, ...]:
    """The charts that are not the main one, where there are several."""
    return tuple(view for view in now.views if view != now.shown)


def _show(now: Session, runs: Runs, view: View, quantity: str, whole: bool = False) -> Shown:
    reached, label = None if now.walk is None or whole else now.walk.reached, fixes_label(now.fixes)
    if now.walk is not None and now.walk.forward and backward(quantity):
        reached = NOTHING
    elif now.walk is not None and now.walk.over == "step" and view == "layer":
        reached = None  # it shows the step that the walk has reached
    if view == "map":
        first = now.front == "fixed"
        return Shown(
            HeatmapPicture(quantity, runs.baseline, runs.with_fixes, reached, first),
            (now.layer_cursor, now.step_cursor),
        )
    if view == "step":
        return Shown(
            ProfilePicture(quantity, runs.baseline, runs.with_fixes, reached, "step", now.layer_cursor, label),
            now.step_cursor,
        )
    step = now.step_cursor if now.steps > 1 else None
    picture = ProfilePicture(quantity, runs.baseline, runs.with_fixes, reached, "layer", step, label)
    return Shown(picture, now.layer_cursor)


def backward(quantity: str) -> bool:
    """Whether a quantity is only known when the gradient has come back."""
    return quantities()[quantity].phase == "backward"
