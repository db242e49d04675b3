"""The ratio R is healthy, but within a factor of 10 of vanishing or exploding."""

from ...text import format_number
from ..outlook import PassFacts

ORDER = 45
COUNTED = False
FAR = 100.0  # a tenth of the bounds of the verdict
READ = "The verdict is still healthy, but a few more layers may change it."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The ratio R of a healthy verdict, beyond 1 / FAR or FAR."""
    ratio = facts.verdict.ratio
    if facts.verdict.kind != "healthy" or not (0 < ratio < 1 / FAR or ratio > FAR):
        return None
    near = "vanishing (below 0.001)" if ratio < 1 else "exploding (above 1000)"
    return ratio, f"{format_number(ratio)} is close to {near}"
