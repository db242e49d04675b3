"""Zeros: every weight is 0, so all units are the same."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

READ = "Weights of 0 pass on neither signal nor gradient; for a bias it is the usual choice."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4"
ALSO = ("zero", "zeroes", "none")
BIAS = True
DRAWN = False


def weights(_rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext) -> Array:
    """A matrix (fan-out, fan-in) of zeros."""
    return np.zeros((fan_out, fan_in))
