"""The gradient changes fast from layer to layer, though over so few layers it comes through."""

import math

from ...text import format_number
from ..outlook import PassFacts

ORDER = 50
COUNTED = False
LOW, HIGH = 0.7, 1.4  # with which 20 layers already make 1e-3 and 8e2
READ = "The factor per layer is R to the power of one over the number of layers between."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, section 4.2"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The factor a layer, or a step, of a healthy verdict."""
    factor = facts.verdict.factor_per_layer
    if facts.verdict.kind != "healthy" or not math.isfinite(factor) or LOW <= factor <= HIGH:
        return None
    unit = "step" if facts.verdict.axis == "time" else "layer"
    end = "vanish" if factor < 1 else "explode"
    where = f"x{format_number(factor)} per {unit} is outside {LOW} to {HIGH}"
    return factor, f"{where}: over more such {unit}s it would {end}"
