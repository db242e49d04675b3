"""What a norm on a recurrent layer's output multiplies the gradient by, on its way back into the layer."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "output norm factor"
NEEDS = "output_norm_factor"
LOG = True
ORDER = 46


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["output_norm_factor"]
