"""Digits: 1,797 handwritten digits of 8 x 8 pixels, 10 classes."""

from functools import cache
from importlib.resources import files

import numpy as np

from ..samples import Samples

ALSO = ("mnist", "handwritten_digits")
READ = "Real data, and small enough to train on in seconds."
SOURCE = "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49"
INPUTS = 64
IMAGE = (8, 8)
SAMPLES = 1797
CLASSES = 10
TARGETS = ("class",)


def load(_rng: np.random.Generator, _batch: int, _inputs: int, _target: str) -> Samples:
    """All pictures, standardised by the mean and std of all pixels together: input (1797, 64)."""
    return _samples()


@cache
def _samples() -> Samples:
    """Read once, and not to be written to."""
    with (files(__package__) / "digits.npz").open("rb") as file, np.load(file) as stored:
        pixels, classes = stored["input"].astype(np.float64), stored["target"].astype(np.int64)
    samples = Samples((pixels - pixels.mean()) / pixels.std(), classes, CLASSES)
    samples.input.flags.writeable = samples.target.flags.writeable = False
    return samples
