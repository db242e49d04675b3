"""Samples of a task or of a user's file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numerics.image import Image


@dataclass(frozen=True)
class Samples:
    """Samples: input (samples, features); target (samples, outputs) to regress, or (samples,) integer classes.

    Of sequences the input is (samples, steps, features), and the target may have one entry a step: (samples, steps,
    outputs) or (samples, steps). Features may be an image's, of the shape (channels, height, width).
    """

    input: NDArray[np.float64]
    target: NDArray[Any]
    outputs: int
    image: tuple[int, int, int] | None = None

    @property
    def features(self) -> int:
        """Features of a sample, or of one of its steps."""
        return int(self.input.shape[-1]) if self.image is None else Image(*self.image)
