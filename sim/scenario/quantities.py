"""Quantities: the menus of what is measured of a pass and of updates, read without importing any; a run's columns.

Facts of a pass's: `PHASE` is the pass that measures it; `COLUMN` its position in the profile of every trace, without
it only the layers that measure it have it; `ORDER` its position among the charts, without it there is none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from .. import registry

Table = Literal["profile", "weights"]
LAST = 1_000_000

BAD = ("bad_activations", "bad_gradients", "bad_norm", "bad_clipped", "bad_memory", "bad_parameters")
"""How many numbers of each were not finite."""
NUMBERS = (
    "loss", "accuracy", "gradient_norm", "clipped_norm", "cosine", "learning_rate", "loss_scale", "clipped", "skipped",
    *BAD, "lost_updates",
)  # fmt: skip
BY_LAYER = ("gradient_rms", "weight_gradient_norm", "weight_norm", "update_norm", "parameter_norm", "nonfinite_count")
COUNTED = ("clipped", "skipped")
"""What a lesson's text can count: updates up to one."""


@dataclass(frozen=True)
class Quantity:
    """Metadata of a quantity.

    `tables` are those of a trace that have it: its profile, by layer and step, or its weights, by layer. `times` is
    what it is drawn by; `gate` the letter of a gate whose mean it is, and `saturated` the name of the quantity that is
    this gate's saturated share; `carries` what this gate hands on to the next step directly, and `of_gate` its name.
    `histogram` are the values that stand for a gated layer's slopes, and what `remembers` is the gradient of a cell.
    `heading` is its word in the inspector, if it stands there besides what all layers have. `read` says in a sentence
    what its values mean, `source` where that is shown. What is `relative` the verdict judges by its shares of the last
    layer or step, and so a chart can show it. Of two sets of as many numbers its `squares` are averaged (a root mean
    square, a spread) or added (a norm); else it is averaged itself. Of a
    chain-rule factor, `factor_of` is the part of a layer that makes it (activation, norm, weights, sublayer, pool), and
    `together_with` the factor that verdicts multiply it by: a norm undoes the size of the weights before it.
    """

    name: str
    about: str
    title: str
    log: bool
    phase: Literal["forward", "backward"]
    unit: str = ""
    range: tuple[float, float] | None = None
    times: float = 1
    order: int | None = None
    column: int | None = None
    scales_with_loss: bool = False
    tables: tuple[Table, ...] = ("profile",)
    gate: str = ""
    saturated: str = ""
    carries: Literal["", "cell", "state"] = ""
    of_gate: str = ""
    histogram: str = ""
    remembers: bool = False
    also: tuple[str, ...] = ()
    heading: str = ""
    read: str = ""
    source: str = ""
    relative: bool = False
    squares: Literal["", "mean", "sum"] = ""
    factor_of: str = ""
    together_with: str = ""


def quantities() -> Mapping[str, Quantity]:
    """All quantities by name: first those of every trace, by column, then in the order of their charts."""
    return _quantities(registry.folders("quantities"))


def every_trace() -> tuple[str, ...]:
    """The names in the profile of every trace, in their order."""
    return _every_trace(registry.folders("quantities"))


def charted() -> tuple[str, ...]:
    """Names of the quantities that have a chart."""
    return tuple(name for name, quantity in quantities().items() if quantity.order is not None)


def only_of_weights() -> tuple[str, ...]:
    """Names of the quantities of weights alone."""
    return tuple(name for name, quantity in quantities().items() if quantity.tables == ("weights",))


def of_memory(names: Iterable[str]) -> str | None:
    """The quantity that is the cell state's gradient; None if there is none."""
    return next((name for name in names if name in quantities() and quantities()[name].remembers), None)


def over_updates(by_layer: bool | None = None) -> tuple[str, ...]:
    """Names of a training run's charts, in order: those by layer, those not, or (None) both."""
    metadata = {
        name: registry.entry("update_quantities", name).metadata for name in registry.names("update_quantities")
    }
    wanted = [name for name, facts in metadata.items() if by_layer in (None, facts.get("BY_LAYER", False))]
    return tuple(sorted(wanted, key=lambda name: metadata[name]["ORDER"]))


@cache
def _every_trace(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name, quantity in _quantities(folders).items() if quantity.column is not None)


@cache
def _quantities(_folders: tuple[str, ...]) -> dict[str, Quantity]:
    ordered = [_quantity(registry.entry("quantities", name)) for name in registry.names("quantities")]
    ordered.sort(key=lambda it: (it.column or LAST, it.order or LAST, it.name))
    return {quantity.name: quantity for quantity in ordered}


def _quantity(entry: registry.MenuEntry) -> Quantity:
    return Quantity(entry.name, entry.summary, **{key.lower(): value for key, value in entry.metadata.items()})
