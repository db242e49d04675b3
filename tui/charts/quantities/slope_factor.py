"""What each activation lets through of the gradient: ||dL/du|| / ||dL/da||."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "slope factor"
LOG = True
ORDER = 30


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["slope_factor"]
