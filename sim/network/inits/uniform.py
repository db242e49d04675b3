"""Uniform: independent numbers between -bound and bound, 1/sqrt(fan-in) unless given."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("rand", "random_uniform")
READ = "Its variance is bound^2 / 3, so the usual bound keeps a third of the signal's variance at each linear layer."
SOURCE = "Glorot & Bengio 2010, equation 1: the heuristic that they found in common use"
PARAMETERS = {"bound": (None, 0.0, 1000000.0)}
BIAS = True
INDEPENDENT = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, bound: float | None) -> Array:
    """A matrix (fan-out, fan-in) of U(-bound, bound); a bias takes its bound from the layer's fan-in."""
    bound = 1 / math.sqrt(context.fan_in) if bound is None else bound
    return bound * rng.uniform(-1, 1, (fan_out, fan_in))
