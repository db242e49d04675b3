"""The quantity of a sweep: a choice of the menu, or one measured at a layer, as `gradient_rms@1`."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import registry
from ..errors import Problem, UserError, quoted, unknown
from ..results.trace import Trace
from ..scenario.quantities import quantities

if TYPE_CHECKING:
    from .outcome import Outcome

MENU = "sweep_quantities"
USUAL = "verdict"
LAST = "last"
PREFIX = "weights."
PLACE = re.compile(r"(\d{1,7}|last)(?:,(\d{1,7}|last))?")


@dataclass(frozen=True)
class Quantity:
    """The quantity of a sweep: its name as written, and its title; `words` says that its values are words.

    For one measured at a layer, `column` is its name in a trace; `layer` and `step` count from 1 (0: the last).
    """

    name: str
    title: str
    words: bool = False
    log: bool = False
    range: tuple[float, float] | None = None
    column: str = ""
    layer: int = 0
    step: int = 0

    @property
    def spectral(self) -> bool:
        """Whether it needs the weights' largest singular values, which a pass computes only when asked."""
        return bool(self.column) and quantities()[_bare(self.column)].tables == ("weights",)

    def value(self, result: "Outcome") -> float | str:
        """The value of a point; raises UserError if it has no such layer or step."""
        if not self.column:
            value: float | str = registry.load(MENU, self.name).value(result)
            return value
        return _at(result.trace, self)


def parse_quantity(text: str, updates: int = 0) -> Quantity:
    """Parse a quantity's name; raises UserError with the nearest name, or if it does not go with `updates`."""
    name, at, place = (part.strip() for part in text.partition("@"))
    menu, measured = registry.names(MENU), quantities()
    if name in menu and not at:
        entry = registry.entry(MENU, name)
        facts, trained = entry.metadata, entry.metadata.get("TRAINED")
        if trained is True and not updates:
            raise UserError([Problem(name, "is known after training only; add --train N")])
        if trained is False and updates:
            raise UserError([Problem(name, "is of a pass before training; leave --train out")])
        return Quantity(name, entry.summary, facts.get("WORDS", False), facts.get("LOG", False), facts.get("RANGE"))
    quantity = measured.get(_bare(name))
    of_weights = quantity is not None and (name != quantity.name or quantity.tables == ("weights",))
    if quantity is None or (of_weights and "weights" not in quantity.tables):
        raise UserError([Problem("", unknown("quantity", name, (*menu, *(f"{one}@1" for one in measured))))])
    if not (where := PLACE.fullmatch(place)) or "0" in where.groups():
        message = f"say at which layer: {name}@1, {name}@{LAST} or, of a sequence, {name}@LAYER,STEP"
        raise UserError([Problem(text if at else "", message)])
    if of_weights and where[2]:
        raise UserError([Problem(text, f"weights are the same at all steps; give {name}@{where[1]}")])
    column = f"{PREFIX}{quantity.name}" if of_weights else name
    layer, step = (int(part) if part and part != LAST else 0 for part in where.groups())
    title = (
        f"{quantity.title} at {'the last layer' if not layer else f'layer {layer}'}{f', step {step}' if step else ''}"
    )
    return Quantity(
        text.replace(" ", ""), title, log=quantity.log, range=quantity.range, column=column, layer=layer, step=step
    )


def _bare(name: str) -> str:
    return name.removeprefix(PREFIX)


def _at(trace: Trace, quantity: Quantity) -> float:
    """The quantity at its layer and step; raises UserError if the pass has no such layer or step."""
    values: Any = trace[quantity.column]
    if quantity.layer > trace.depth:
        raise UserError([f"{quoted(quantity.name)}: the network has {trace.depth} layers"])
    row = values[quantity.layer - 1]
    if quantity.step > trace.steps:
        raise UserError([f"{quoted(quantity.name)}: the sequence has {trace.steps} steps"])
    return float(row[quantity.step - 1] if getattr(row, "ndim", 0) else row)
