"""The first inf or NaN of a pass, and its sentence."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from .. import registry


@dataclass(frozen=True)
class Nonfinite:
    """The first non-finite number: phase, layer and step (from 1), operation and array.

    `index` (from 0) is that in the array without the step axis, batch first. `terms` are the stored operands, of an
    inner product those of the largest term, and `exact` is the result in float64.
    """

    phase: str
    layer: int
    step: int
    operation: str
    array: str
    index: tuple[int, ...] = ()
    value: float = math.nan
    terms: tuple[tuple[str, float], ...] = ()
    exact: float = math.nan
    format: str = "float32"
    iteration: int | None = None  # from 0, in training

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with its sentence; the iteration only in training."""
        fields = asdict(self) | {"terms": dict(self.terms), "text": self.text}
        return {key: value for key, value in fields.items() if key != "iteration" or value is not None}

    @property
    def text(self) -> str:
        """A plain sentence: "layer 17's matrix product overflowed float16: 66,246 > 65,504"."""
        return overflow_text(self)


OWNERS = {"input": "the input", "target": "the target", "readout": "the readout", "loss": "the loss"}


def overflow_text(first: Nonfinite) -> str:
    """The sentence: which operation overflowed and by how much, or which operands were inf or NaN already."""
    if first.phase == "clip":
        return _clip_text(first)
    owner, value = _owner(first), "inf" if math.isinf(first.value) else "NaN"
    if first.operation == "initialisation" and not first.terms:  # an initial value comes with its number
        name = first.array.split(".", 2)[-1].removeprefix("readout.")
        return f"{owner}'s {name} had become {value} in an update before"
    where = OWNERS.get(first.operation) or f"{owner}'s {first.operation}"
    if first.phase == "backward":
        where += "'s gradient" if first.operation == "loss" else " in the backward pass"
    where += f" at update {first.iteration}" if first.iteration is not None else ""
    largest: float = registry.entry("formats", first.format).metadata["LARGEST"]
    if broken := [term for _, term in first.terms if not math.isfinite(term)]:
        operands = " and ".join(dict.fromkeys("NaN" if math.isnan(term) else f"{term:g}" for term in broken))
        return f"{where} made {value} of {operands}"
    if ("loss scale", 0.0) in first.terms:
        return f"{where} divided by a loss scale that had gone down to 0"
    if math.isnan(first.exact):
        return f"{where} made {value}, the first number that {first.format} can't hold"
    if math.isinf(first.exact):
        return f"{where} overflowed {first.format}: beyond {_distinct(largest, 0)[0]}"
    if ("eps", 0.0) in first.terms:
        return f"{where} divided by 0 and made {value}, since eps is 0 in {first.format}"
    if abs(first.exact) <= largest:
        return f"{where} overflowed {first.format} on the way to {_distinct(first.exact, 0)[0]}"
    size, limit = _distinct(first.exact, math.copysign(largest, first.exact))
    return f"{where} overflowed {first.format}: {size} {'>' if first.exact > 0 else '<'} {limit}"


OUTSIDE = {"readout": "the readout"} | dict.fromkeys(
    ("embed", "embedding", "norm", "normalised", "mean"), "the network"
)


def _owner(first: Nonfinite) -> str:
    """The layer, or the part before or after the layers, that the array belongs to."""
    return OUTSIDE.get(first.array.partition(".")[0].removeprefix("grad_"), f"layer {first.layer}")


def _clip_text(first: Nonfinite) -> str:
    if first.array == "gradient.norm":
        return f"{first.operation} worked out a norm of inf: {_on_the_way(first)}"
    of = " of 0" if ("gradient's norm", 0.0) in first.terms else ""
    return f"{first.operation} made NaN of {_owner(first)}'s gradient: it divided by a norm{of}"


def _on_the_way(first: Nonfinite) -> str:
    """A clause on why the norm of a finite gradient is inf."""
    largest: float = registry.entry("formats", first.format).metadata["LARGEST"]
    size, limit = _distinct(first.exact, largest)
    if first.exact > largest:
        return f"{size} > {limit}, the largest number of {first.format}"
    return f"the squares of a gradient of norm {first.exact:.2g} overflow {first.format}"


def _distinct(value: float, limit: float) -> tuple[str, str]:
    """Two numbers in the fewest digits, 2 at least, in which they differ."""
    if max(abs(value), abs(limit)) < 1e6 and abs(value - limit) >= 1:
        return f"{value:,.0f}", f"{limit:,.0f}"
    for digits in range(2, 18):
        pair = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        if float(pair[0]) != float(pair[1]):
            return pair
    return pair
