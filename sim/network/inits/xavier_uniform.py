"""Xavier uniform: variance 2 / (fan-in + fan-out), times gain^2."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("glorot_uniform",)
READ = "A compromise between keeping the signal (forward pass) and the gradient (backward pass), drawn uniformly."
SOURCE = "Glorot & Bengio 2010, equation 16"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent uniform numbers."""
    gain = 1.0 if gain is None else gain
    std = gain * math.sqrt(2 / (fan_in + fan_out * context.taps))
    return std * math.sqrt(3) * rng.uniform(-1, 1, (fan_out, fan_in))
