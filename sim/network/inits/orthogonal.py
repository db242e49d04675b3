"""Orthogonal: a random orthogonal matrix times gain; with gain 1 it preserves norms."""

import numpy as np

from ...numerics.arrays import Array
from ...numerics.random_matrices import orthonormal
from ..init_context import InitContext

ALSO = ("ortho",)
READ = "All its singular values are the gain, so it shrinks no direction more than another."
SOURCE = (
    "Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning, section 3; "
    "torch.nn.init.orthogonal_"
)
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
MATRICES = 7  # float64 arrays of its size at once, during the QR decomposition


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, gain: float | None) -> Array:
    """A matrix (fan-out, fan-in) whose rows, or columns if they are fewer, are orthonormal times gain."""
    return (1.0 if gain is None else gain) * orthonormal(rng, fan_out, fan_in)
