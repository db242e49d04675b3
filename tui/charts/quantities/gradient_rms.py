"""How large the gradient is at each layer's output: the root mean square of dL/dh."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "gradient rms"
LOG = True
ORDER = 10


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gradient_rms"]
