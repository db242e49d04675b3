"""DeepNet's: Xavier normal, times beta where a branch's output is linear in it: values, their way out, and the MLP."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("deepnorm",)
READ = "Small branches at the beginning bound what one update can change, at any depth."
SOURCE = (
    "Wang et al. 2022, DeepNet, figure 2 and table 1 (encoders); with beta 0.67 depth^(-1/4) Huang et al. 2020, T-Fixup"
)
PARAMETERS = {"beta": (None, 0.0, 1000.0)}
NEEDS = "SUBLAYERS"


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, beta: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent Gaussian numbers; beta is (4 branches)^(-1/4) unless given."""
    std = math.sqrt(2 / (fan_in + fan_out))
    if context.carries:
        std *= (4 * context.depth) ** -0.25 if beta is None else beta
    return std * rng.standard_normal((fan_out, fan_in))
