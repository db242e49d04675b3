"""Normal: independent Gaussian numbers of a given standard deviation."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("gaussian", "gauss", "randn", "random_normal", "random")
PARAMETERS = {"std": (1.0, 0.0, 1000000.0)}
BIAS = True
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, std: float) -> Array:
    """A matrix (fan-out, fan-in) of N(0, std^2)."""
    return std * rng.standard_normal((fan_out, fan_in))
