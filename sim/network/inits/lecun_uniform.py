"""LeCun uniform: variance 1 / fan-in, times gain^2."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

READ = "It keeps the size of the signal through linear layers; only the shape differs from the normal one."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, equation 16"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent uniform numbers."""
    gain = 1.0 if gain is None else gain
    std = gain / math.sqrt(fan_in)
    return std * math.sqrt(3) * rng.uniform(-1, 1, (fan_out, fan_in))
