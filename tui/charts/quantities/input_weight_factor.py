"""What a recurrent layer's input weights multiply the gradient by on its way to the layer below."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "input factor"
NEEDS = "input_weight_factor"
LOG = True
ORDER = 45


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["input_weight_factor"]
