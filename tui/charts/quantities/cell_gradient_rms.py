"""How large the gradient is at an LSTM's cell: the root mean square of dL/dc."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "cell gradient rms"
NEEDS = "cell_gradient_rms"
LOG = True
ORDER = 25


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["cell_gradient_rms"]
