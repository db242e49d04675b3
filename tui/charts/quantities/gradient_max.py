"""The largest absolute gradient at each layer's output; the first to overflow."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "gradient max"
LOG = True
ORDER = 120


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gradient_max"]
