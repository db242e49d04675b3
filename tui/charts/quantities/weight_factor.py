"""What each weight matrix multiplies the gradient by: ||dL/dh_in|| / ||dL/dz||."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "weight factor"
LOG = True
ORDER = 40


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["weight_factor"]
