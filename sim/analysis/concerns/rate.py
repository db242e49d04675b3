"""The factor per layer or step of a healthy verdict is far from 1: a deeper network would vanish or explode."""

import math

from ...text import format_number
from ..outlook import PassFacts

ORDER = 50
COUNTED = False
LOW, HIGH = 0.7, 1.4  # R of 20 layers is then 1e-3 and 600
READ = "The factor per layer is R to the power of one over the number of layers between."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, section 4.2"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The factor per layer or step of a healthy verdict, outside LOW to HIGH."""
    factor = facts.verdict.factor_per_layer
    if facts.verdict.kind != "healthy" or not math.isfinite(factor) or LOW <= factor <= HIGH:
        return None
    unit = "step" if facts.verdict.axis == "time" else "layer"
    end = "vanish" if factor < 1 else "explode"
    where = f"x{format_number(factor)} per {unit} is outside {LOW} to {HIGH}"
    return factor, f"{where}: over more such {unit}s it would {end}"
