"""How far an LSTM's input gates are open on average: what of each step's candidate enters the cell."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "input gate"
NEEDS = "gate_i_mean"
LOG = False
UNIT = "mean"
RANGE = (0.0, 1.0)
ORDER = 27


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gate_i_mean"]
