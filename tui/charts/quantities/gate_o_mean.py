"""How far an LSTM's output gates are open on average: what of the cell the hidden state shows."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "output gate"
NEEDS = "gate_o_mean"
LOG = False
UNIT = "mean"
RANGE = (0.0, 1.0)
ORDER = 28


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gate_o_mean"]
