"""Digits read row by row: a sequence of 8 rows of 8 pixels, 10 classes."""

import numpy as np

from ..digits import in_sequence
from ..samples import Samples

ALSO = ("row_mnist", "mnist_rows")
READ = "A short sequence of real data, which a plain recurrent network can learn."
SOURCE = "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49; read as in Le et al. 2015"
INPUTS = 8
STEPS = 8
SAMPLES = 1797
CLASSES = 10
TARGETS = ("class",)


def load(_rng: np.random.Generator, _batch: int, _inputs: int, _target: str, steps: int) -> Samples:
    """All pictures, standardised by the mean and std of all pixels together: input (1797, 8, 8)."""
    return in_sequence(steps)
