"""How far an LSTM's forget gates are open on average: what the cell keeps from step to step."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "forget gate"
NEEDS = "gate_f_mean"
LOG = False
UNIT = "mean"
RANGE = (0.0, 1.0)
ORDER = 26


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gate_f_mean"]
