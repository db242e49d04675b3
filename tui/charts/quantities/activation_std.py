"""How far the outputs of each layer spread; a signal that dies or explodes forward shows here."""

import numpy as np
from numpy.typing import NDArray

from ....sim.results.trace import Trace

TITLE = "activation std"
LOG = True
ORDER = 20


def values(trace: Trace) -> NDArray[np.float64]:
    """By (layer, step)."""
    return trace.profile["activation_std"]
