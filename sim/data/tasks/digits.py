"""Digits: 1,797 handwritten digits of 8 x 8 pixels, 10 classes."""

import numpy as np

from ..digits import digits
from ..samples import Samples

ALSO = ("mnist", "handwritten_digits")
READ = "Real data, and small enough to train on in seconds."
SOURCE = "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49"
INPUTS = 64
IMAGE = (8, 8)
SAMPLES = 1797
CLASSES = 10
TARGETS = ("class",)
USUAL = True  # what a probe is offered to learn


def load(_rng: np.random.Generator, _batch: int, _inputs: int, _target: str) -> Samples:
    """All pictures, standardised by the mean and std of all pixels together: input (1797, 64)."""
    return digits()
