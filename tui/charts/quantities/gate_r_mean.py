"""How far a GRU's reset gates are open on average: what of the old state its candidate sees."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "reset gate"
NEEDS = "gate_r_mean"
LOG = False
UNIT = "mean"
RANGE = (0.0, 1.0)
ORDER = 29


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gate_r_mean"]
