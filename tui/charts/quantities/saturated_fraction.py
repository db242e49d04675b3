"""The share of units whose slope is below 5% of the activation's largest slope."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 60


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["saturated_fraction"]
