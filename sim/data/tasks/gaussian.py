"""Gaussian noise with random targets: 10 classes, one Gaussian output, or 0 and 1."""

import numpy as np

from ..samples import Samples

READ = (
    "There is nothing to find but the samples themselves, so it shows what depth does without a task's own structure."
)
SOURCE = "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep information propagation"
ALSO = ("noise", "random", "normal", "gauss")
INPUTS = None
STEPS = (1, 1, 1000000)
SAMPLES = None
CLASSES = 10
TARGETS = ("value", "class", "probability")
RANDOM_TARGETS = True


def load(rng: np.random.Generator, batch: int, inputs: int, target: str, steps: int = 1) -> Samples:
    """As many samples as the batch has: input (batch, inputs) of N(0, 1), the same for any target.

    Sequences, of more than one step, are (batch, steps, inputs).
    """
    data = rng.standard_normal((batch, steps, inputs) if steps > 1 else (batch, inputs))
    if target == "class":
        return Samples(data, rng.integers(CLASSES, size=batch), CLASSES)
    if target == "probability":
        return Samples(data, rng.integers(2, size=(batch, 1)).astype(np.float64), 1)
    return Samples(data, rng.standard_normal((batch, 1)), 1)
