"""What was tried of a fix, as a mark and a number; pure."""

import math
from typing import TYPE_CHECKING, NamedTuple

from ...sim.text import percent
from ..terminal.glyphs import glyphs

if TYPE_CHECKING:
    from ...sim.training.tried import Tried

ROLES = {"learns": "learning", "falls": "undecided", "stays": "stalled", "breaks": "exploding"}


class Outcome(NamedTuple):
    """A mark, its role, and a number of at most five characters."""

    mark: str
    role: str
    number: str

    def __str__(self) -> str:
        return f"{self.mark} {self.number}".strip()


def outcome(one: "Tried", training: bool = False) -> Outcome:
    """The verdict of the pass and R; where it was trained, what came of that, and its loss if that is what counts."""
    if one.trial is None or one.score is None:
        kind = "borderline" if one.kind == "healthy" and one.doubted else one.kind
        return Outcome(glyphs().kinds[kind], kind, brief(one.ratio))
    word = "learns" if one.heals else "breaks" if math.isinf(one.score) else "stays"
    word = "falls" if word == "stays" and one.outlook != "sick" else word
    number = percent(one.score) if training and math.isfinite(one.score) else "" if training else brief(one.ratio)
    return Outcome(glyphs().outcomes[word], ROLES[word], number[:5])


def brief(value: float) -> str:
    """A number in at most five characters: "1.4", "0.61", "27", "3e-12"."""
    if math.isnan(value):
        return ""
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else "inf"
    if 0.01 <= value < 999.5:
        return f"{value:.2g}" if value < 99.5 else f"{value:.0f}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"[:6]


def best_first(ranked: "tuple[Tried, ...]") -> tuple[str, ...]:
    """Single fixes in the order of what came of them."""
    return tuple(one.fixes[0] for one in ranked if len(one.fixes) == 1)
