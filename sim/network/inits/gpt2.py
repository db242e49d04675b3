"""GPT-2's: a fixed standard deviation, divided by sqrt(number of branches) for the last matrix of a skip's branch."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("gpt",)
READ = "The division keeps the sum of all branches from growing with depth."
SOURCE = "Radford et al. 2019, Language models are unsupervised multitask learners, section 2.3"
PARAMETERS = {"std": (0.02, 0.0, 1000000.0)}


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, std: float) -> Array:
    """A matrix (fan-out, fan-in) of independent Gaussian numbers."""
    std = std / math.sqrt(context.depth) if context.residual else std
    return std * rng.standard_normal((fan_out, fan_in))
