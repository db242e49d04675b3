"""What each normalisation multiplies the gradient by: ||dL/dz|| / ||dL/du||."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "norm factor"
LOG = True
ORDER = 50


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["norm_factor"]
