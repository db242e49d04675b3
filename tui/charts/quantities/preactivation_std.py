"""How far the values before each activation spread."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "preactivation std"
LOG = True
ORDER = 80


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["preactivation_std"]
