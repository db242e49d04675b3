"""Normal: independent Gaussian numbers of a given standard deviation."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

READ = (
    "Only a standard deviation that fits the fan-in keeps the signal's size; a fixed one shrinks it or blows it "
    "up, layer by layer."
)
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
ALSO = ("gaussian", "gauss", "randn", "random_normal", "random")
PARAMETERS = {"std": (1.0, 0.0, 1000000.0)}
BIAS = True
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, std: float) -> Array:
    """A matrix (fan-out, fan-in) of N(0, std^2)."""
    return std * rng.standard_normal((fan_out, fan_in))
