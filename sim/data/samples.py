"""Samples of a task or of a user's file, and how many numbers a file may hold."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numerics.image import Image

LARGEST = 2 * 2**30  # bytes of one array as float64
MOST_FEATURES = 65_536
MOST_OUTPUTS = 10_000  # classes, or numbers to regress

CLASS_RANGE = f"classes go from 0 to {MOST_OUTPUTS - 1}"


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
        """Features of a sample, or of one of its steps; an Image if they are one."""
        return int(self.input.shape[-1]) if self.image is None else Image(*self.image)

    @property
    def target_kind(self) -> str:
        """The kind of the targets, in the words of losses and tasks: integers are "class", all else is "value"."""
        return "class" if np.issubdtype(self.target.dtype, np.integer) else "value"

    def as_images(self, height: int, width: int) -> "Samples":
        """Samples whose features are images of this size, unless they have a shape already."""
        channels = self.input.shape[-1] // (height * width)
        return replace(self, image=(channels, height, width)) if self.image is None else self


def gigabytes(size: int) -> str:
    """Bytes as words: "1.5 GiB"."""
    return f"{size / 2**30:.1f} GiB"
