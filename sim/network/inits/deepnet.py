"""DeepNet's: Xavier normal, times beta for value and output projections and the MLP of each block."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("deepnorm",)
READ = "Branches that start small bound what one update can change, at any depth."
SOURCE = (
    "Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers, figure 2; with beta 0.67 depth^(-1/4) Huang et "
    "al. 2020, T-Fixup"
)
PARAMETERS = {"beta": (None, 0.0, 1000.0)}
NEEDS = "SUBLAYERS"


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, beta: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent Gaussian numbers; beta is (4 branches)^(-1/4) unless given."""
    std = math.sqrt(2 / (fan_in + fan_out))
    if context.carries:
        std *= (4 * context.depth) ** -0.25 if beta is None else beta
    return std * rng.standard_normal((fan_out, fan_in))
