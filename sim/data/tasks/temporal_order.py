"""Temporal order: two rare symbols, each X or Y, one early and one half-way; four classes for their order."""

import numpy as np

from ..samples import Samples

ALSO = ("order",)
READ = "Only their order counts, and both lie far back."
SOURCE = "Hochreiter & Schmidhuber 1997, experiment 6a"
INPUTS = 8  # the symbols E, B, a, b, c, d, X and Y
STEPS = (100, 10, 1000000)
SAMPLES = None
FRESH = True  # new samples for every update
CLASSES = 4
TARGETS = ("class",)

_START, _END, _FIRST_NOISE, _NOISE, _X = 0, 1, 2, 4, 6


def load(rng: np.random.Generator, batch: int, _inputs: int, _target: str, steps: int) -> Samples:
    """One-hot input (batch, steps, 8); classes XX, XY, YX, YY; the two at 10 to 20% and 50 to 60% of the sequence."""
    read = rng.integers(_FIRST_NOISE, _FIRST_NOISE + _NOISE, size=(batch, steps))
    read[:, 0], read[:, -1] = _START, _END
    rows, order = np.arange(batch), rng.integers(2, size=(batch, 2))
    for position, share in enumerate((0.1, 0.5)):
        first = int(share * steps)
        where = rng.integers(first, first + max(steps // 10, 1), size=batch)
        read[rows, where] = _X + order[:, position]
    return Samples(np.eye(INPUTS)[read], 2 * order[:, 0] + order[:, 1], CLASSES)
