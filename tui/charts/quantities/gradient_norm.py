"""The length of the gradient at each layer's output: ||dL/dh||."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "gradient norm"
LOG = True
ORDER = 110


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gradient_norm"]
