"""The mean of each layer's outputs."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "activation mean"
LOG = False
ORDER = 90


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["activation_mean"]
