"""The last layer says nearly the same of every sample."""

import numpy as np

from ...text import format_number
from ..pass_facts import PassFacts

ORDER = 70
COUNTED = False
SMALL = 1e-3


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2."""
    left = facts.left.astype(np.float64)
    whole = float(np.square(left).sum())
    if len(left) < 2 or not 0 < whole < np.inf:
        return None
    share = float(np.square(left - left.mean(axis=0)).sum()) / whole
    return (share, f"only {format_number(share)} of the last layer depends on the input") if share < SMALL else None
