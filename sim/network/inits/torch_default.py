"""PyTorch's default: uniform between +-1/sqrt(fan-in); for an attention's stacked matrices Xavier uniform."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("torch", "pytorch", "default")
READ = "Its variance is 1 / (3 fan-in), so a linear layer shrinks the signal by sqrt(3), and one with ReLU by more."
SOURCE = "torch.nn.Linear.reset_parameters: kaiming_uniform_ with a = sqrt(5); MultiheadAttention._reset_parameters"
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext) -> Array:
    """A matrix (fan-out, fan-in) of independent uniform numbers of variance 1 / (3 fan-in).

    If several are stacked (query, key, value) the variance is 2 / (fan-in + fan-out of all together).
    """
    if context.stacked > 1:
        return rng.uniform(-1, 1, (fan_out, fan_in)) * math.sqrt(6 / (fan_in + context.stacked * fan_out))
    return rng.uniform(-1, 1, (fan_out, fan_in)) / math.sqrt(fan_in)
