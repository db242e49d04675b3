"""Samples of a task or of a user's file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Samples:
    """Input (samples, features); target (samples, outputs) to regress, or (samples,) integer classes.

    Of sequences the input is (samples, steps, features), and the target may have one entry a step: (samples, steps,
    outputs) or (samples, steps).
    """

    input: NDArray[np.float64]
    target: NDArray[Any]
    outputs: int
