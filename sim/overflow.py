"""The first number that is not finite, in a plain sentence."""

import math
from typing import TYPE_CHECKING

from . import menu

if TYPE_CHECKING:
    from .trace import Nonfinite

OWNERS = {"input": "the input", "target": "the target", "readout": "the readout", "loss": "the loss"}


def overflow_text(first: "Nonfinite") -> str:
    """What overflowed, and by how much; or which numbers that were not finite already met."""
    owner = "the readout" if first.array.startswith("readout.") else f"layer {first.layer}"
    where = OWNERS.get(first.operation) or f"{owner}'s {first.operation}"
    if first.phase == "backward":
        where += "'s gradient" if first.operation == "loss" else " on the way back"
    where += f" at update {first.iteration}" if first.iteration is not None else ""
    largest: float = menu.entry("formats", first.format).facts["LARGEST"]
    made = "inf" if math.isinf(first.value) else "NaN"
    if broken := [value for _, value in first.terms if not math.isfinite(value)]:
        given = " and ".join(dict.fromkeys("NaN" if math.isnan(value) else f"{value:g}" for value in broken))
        return f"{where} made {made} of {given}"
    if math.isnan(first.exact):
        return f"{where} made {made}, the first number that {first.format} can't hold"
    if math.isinf(first.exact):
        return f"{where} overflowed {first.format}: beyond {_apart(largest, 0)[0]}"
    if abs(first.exact) <= largest:
        return f"{where} overflowed {first.format} on the way to {_apart(first.exact, 0)[0]}"
    size, limit = _apart(first.exact, math.copysign(largest, first.exact))
    return f"{where} overflowed {first.format}: {size} {'>' if first.exact > 0 else '<'} {limit}"


def _apart(value: float, limit: float) -> tuple[str, str]:
    """Two numbers in as few digits as tell them apart."""
    if max(abs(value), abs(limit)) < 1e6 and abs(value - limit) >= 1:
        return f"{value:,.0f}", f"{limit:,.0f}"
    for digits in range(2, 18):
        pair = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        if float(pair[0]) != float(pair[1]):
            return pair
    return pair
