"""PyTorch's default for nn.Linear: uniform between -1/sqrt(fan-in) and 1/sqrt(fan-in)."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("torch", "pytorch", "default")
SOURCE = "torch.nn.Linear.reset_parameters: kaiming_uniform_ with a = sqrt(5)"


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext) -> Array:
    """A matrix (fan-out, fan-in) of independent uniform numbers of variance 1 / (3 fan-in)."""
    return rng.uniform(-1, 1, (fan_out, fan_in)) / math.sqrt(fan_in)
