"""Truncated normal: Gaussian numbers, redrawn where they are beyond 2 std (Keras) or beyond 2 (PyTorch)."""

import math

import numpy as np

from ...numerics.arrays import Array
from ...numerics.random_matrices import truncated_normal
from ..init_context import InitContext

ALSO = ("trunc_normal", "truncated")
READ = "The cut makes the standard deviation smaller than the one given."
SOURCE = "keras.initializers.TruncatedNormal (cut = two_std); torch.nn.init.trunc_normal_, a = -2, b = 2 (cut = two)"
PARAMETERS = {"std": (1.0, 0.0, 1000000.0), "cut": ("two_std", "two")}
BIAS = True
MATRICES = 6  # float64 arrays of its size at once, while rejected numbers are drawn again


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, std: float, cut: str) -> Array:
    """A matrix (fan-out, fan-in) of N(0, std^2) within the cut; with the cut at 2 std the deviation is 0.88 std."""
    beyond = 2.0 if cut == "two_std" else 2 / std if std else math.inf
    return std * truncated_normal(rng, (fan_out, fan_in), beyond)
