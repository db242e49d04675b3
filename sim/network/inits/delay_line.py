"""Delay line: radius on the diagonal, feed below it; non-normal, so that it amplifies despite small eigenvalues."""

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("delay", "shift_register")
READ = "By its eigenvalues it looks harmless; its singular values show how it grows for a while."
SOURCE = "Ganguli, Huh & Sompolinsky 2008, Memory traces in dynamical systems: a non-normal matrix"
PARAMETERS = {"radius": (0.5, 0.0, 1000.0), "feed": (1.0, 0.0, 1000.0)}
MATRICES = 3  # float64 arrays of its size at once
DRAWN = False


def weights(
    _rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, radius: float, feed: float
) -> Array:
    """A matrix (fan-out, fan-in); its spectral radius is radius, its norm nearly radius + feed in a long line."""
    return radius * np.eye(fan_out, fan_in) + feed * np.eye(fan_out, fan_in, -1)
