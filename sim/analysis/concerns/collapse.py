"""The last layer's output is nearly the same for every sample."""

from ...text import format_number
from ..outlook import PassFacts

ORDER = 70
COUNTED = False
SMALL = 1e-3
READ = "The network no longer tells its inputs apart, so there is little to learn from them."
SOURCE = "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep information propagation"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2, below SMALL."""
    share = facts.varying_share
    return (share, f"only {format_number(share)} of the last layer depends on the input") if share < SMALL else None
