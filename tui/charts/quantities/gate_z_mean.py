"""How far a GRU's update gates are open on average: what the state keeps from step to step."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "update gate"
NEEDS = "gate_z_mean"
LOG = False
UNIT = "mean"
RANGE = (0.0, 1.0)
ORDER = 27


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["gate_z_mean"]
