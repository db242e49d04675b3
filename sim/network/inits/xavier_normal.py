"""Xavier normal: variance 2 / (fan-in + fan-out), times gain^2."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("xavier", "glorot", "glorot_normal")
READ = "A compromise: fan-in would keep the signal's size (forward pass), fan-out the gradient's (backward pass)."
SOURCE = "Glorot & Bengio 2010, equation 12"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent Gaussian numbers."""
    gain = 1.0 if gain is None else gain
    std = gain * math.sqrt(2 / (fan_in + fan_out * context.taps))
    return std * rng.standard_normal((fan_out, fan_in))
