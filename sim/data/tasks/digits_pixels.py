"""Digits read pixel by pixel: a sequence of 64 pixels, 10 classes."""

import numpy as np

from ..digits import in_sequence
from ..samples import Samples

ALSO = ("sequential_mnist", "smnist", "pixel_mnist", "mnist_pixels")
READ = "What is in the first pixels has to be kept for 64 steps."
SOURCE = "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49; read as in Le et al. 2015"
INPUTS = 1
STEPS = 64
SAMPLES = 1797
CLASSES = 10
TARGETS = ("class",)


def load(_rng: np.random.Generator, _batch: int, _inputs: int, _target: str, steps: int) -> Samples:
    """All pictures, standardised by the mean and std of all pixels together: input (1797, 64, 1)."""
    return in_sequence(steps)
