"""The fields of a map's form: what they begin with, and the sweep that their texts say. Pure."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...sim.errors import Problem, UserError
from ...sim.scenario.scenario import Scenario
from .form_fields import Field
from .map_axes import FEWER, POINTS, usual_axes, values_for
from .session import Session

if TYPE_CHECKING:
    from ...sim.sweeps.sweep import Sweep

UPDATES = 100  # of each point, on the screen of training, at most
LABELS = {"x": "across", "x_values": "  values", "y": "up", "y_values": "  values", "quantity": "shown",
          "seeds": "seeds", "updates": "train for"}  # fmt: skip
ABOUT = {
    "x": "a key from left to right; Right completes what is typed",
    "x_values": "1..100, 0.1..10*25 (25 values, log), 0:3:25 (linear), or names: relu,tanh",
    "y": "a key from bottom to top; empty: a chart of one key",
    "y_values": "1..100, 0.1..10*25 (25 values, log), 0:3:25 (linear), or names: relu,tanh",
    "quantity": "verdict, ratio, factor, outlook, loss, or what is measured at a layer: gradient_rms@1",
    "seeds": "networks of each point; several show in how many it holds",
    "updates": "updates of each point; 0: its first pass",
}
OPTIONS = {"--x": "x_values", "--y": "y_values", "--quantity": "quantity", "--seeds": "seeds", "--train": "updates"}


@dataclass(frozen=True)
class Asked:
    """The texts of the form of a map."""

    x: str
    x_values: str
    y: str = ""
    y_values: str = ""
    quantity: str = "verdict"
    seeds: str = "1"
    updates: str = "0"

    def fields(self) -> tuple[Field, ...]:
        """The lines of the form."""
        return tuple(Field(key, LABELS[key], getattr(self, key), ABOUT[key]) for key in LABELS)


def first_asked(session: Session) -> Asked:
    """What a map begins with: the scenario's own table [sweep], else axes that fit it."""
    table, training = session.scenario.sweep, session.scene == "training"
    if table is not None:
        (x, _, across), (y, _, up) = table.x.partition("="), (table.y or "").partition("=")
        return Asked(x, across, y, up, table.quantity, str(table.seeds), str(table.train))
    x, y = usual_axes(session.scenario, training)
    updates = min(session.scenario.training.iterations, UPDATES) if training else 0
    return Asked(x, values_for(session.scenario, x, FEWER if training else POINTS),
                 y, values_for(session.scenario, y, FEWER // 2 if training else FEWER),
                 updates=str(updates))  # fmt: skip


def retyped(asked: Asked, key: str, text: str, scenario: Scenario) -> Asked:
    """With another text; of another key with its range."""
    after = replace(asked, **{key: text})
    if key in ("x", "y") and (text != getattr(asked, key)):
        values = values_for(scenario, text, POINTS if key == "x" else FEWER) if text else ""
        after = replace(after, **{f"{key}_values": values}) if values or not text else after
    return after


def to_sweep(asked: Asked, session: Session) -> "Sweep":
    """The sweep that the form says, with the session's fixes at every point; raises UserError with the form's keys."""
    from ...sim.sweeps.sweep import make_sweep

    numbers = {}
    for key, option, least in (("seeds", "--seeds", 1), ("updates", "--train", 0)):
        text = getattr(asked, key) or str(least)
        if not text.isdecimal() or int(text[:9]) < least:
            raise UserError([Problem(key, f"give a whole number of at least {least}")])
        numbers[option] = int(text[:9])
    y = f"{asked.y}={asked.y_values}" if asked.y else None
    try:
        return make_sweep(session.scenario, f"{asked.x}={asked.x_values}", y, seeds=numbers["--seeds"],
                          quantity=asked.quantity or "verdict", updates=numbers["--train"],
                          fixes=session.fixes)  # fmt: skip
    except UserError as error:
        raise UserError(_of_form(one, asked) for one in error.problems) from None


def _of_form(problem: Problem, asked: Asked) -> Problem:
    """A problem of an option as one of a field; what is wrong with a key itself belongs to that."""
    key = OPTIONS.get(problem.where, "x_values")
    axis = key[0]
    if key.endswith("_values") and "no such" in problem.message and getattr(asked, axis):
        key = axis
    return Problem(key, f"{problem.message}")
