"""How many outputs and gradients of each layer are inf or NaN."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "inf and NaN"
UNIT = "count"
LOG = False
ORDER = 130


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["nonfinite_count"]
