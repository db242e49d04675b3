"""How large the outputs of each layer are: their root mean square."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "activation rms"
LOG = True
ORDER = 100


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["activation_rms"]
