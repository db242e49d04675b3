"""The share of the numbers on a layer's way back that are 0 only because the number format is too narrow."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "underflow"
UNIT = "percent"
LOG = False
RANGE = (0.0, 100.0)
ORDER = 65


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    with np.errstate(over="ignore"):
        return 100 * trace.profile["underflow_fraction"]
