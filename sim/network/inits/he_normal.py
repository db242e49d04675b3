"""He normal: variance gain^2 / fan-in; the gain is the activation's own unless given."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("he", "kaiming", "kaiming_normal", "msra")
READ = "It keeps the size of the signal through layers of ReLU, half of whose outputs are 0."
SOURCE = "He, Zhang, Ren & Sun 2015, Delving deep into rectifiers, equation 10"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent Gaussian numbers."""
    gain = context.gain if gain is None else gain
    std = gain / math.sqrt(fan_in)
    return std * rng.standard_normal((fan_out, fan_in))
