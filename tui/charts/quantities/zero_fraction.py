"""The share of outputs that are exactly zero, as of dead ReLU units."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "zero outputs"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 70


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["zero_fraction"]
