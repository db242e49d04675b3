"""Samples of a task or of a user's file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Samples:
    """Input (samples, features); target (samples, outputs) to regress, or (samples,) integer classes."""

    input: NDArray[np.float64]
    target: NDArray[Any]
    outputs: int
