"""Delta-orthogonal: kernels are 0 except at the centre, a random orthogonal matrix times gain."""

import numpy as np

from ...numerics.arrays import Array
from ...numerics.random_matrices import orthonormal
from ..init_context import InitContext

ALSO = ("delta", "orthogonal_delta", "delta_ortho")
READ = "With it a plain convolutional network of 10,000 layers was trained."
SOURCE = "Xiao, Bahri, Sohl-Dickstein, Schoenholz & Pennington 2018, Dynamical isometry and a mean field theory of CNNs"
PARAMETERS = {"gain": (None, 0.0, 1000.0)}
NEEDS = "IMAGE"
CENTRE = True
MATRICES = 7  # float64 arrays of its size at once, during the QR decomposition


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, gain: float | None) -> Array:
    """The kernels' centre, (channels out, channels in): orthonormal rows, or columns if they are fewer, times gain."""
    return (1.0 if gain is None else gain) * orthonormal(rng, fan_out, fan_in)
