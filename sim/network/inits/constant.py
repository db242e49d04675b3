"""Constant: every weight the same number."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

READ = (
    "All units of a layer then do and learn the same, which is why weights are drawn at random; a bias may well be "
    "constant."
)
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4"
ALSO = ("const", "ones", "full", "fill")
PARAMETERS = {"value": (0.0, -1000000.0, 1000000.0)}
BIAS = True
AS_NUMBER = True
OF_TOTAL = True  # where two biases are added (recurrent kinds), the value is their sum
DRAWN = False


def weights(_rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, value: float) -> Array:
    """A matrix (fan-out, fan-in) of one number."""
    return np.full((fan_out, fan_in), float(value))
