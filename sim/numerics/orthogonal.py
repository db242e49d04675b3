"""Random matrices whose rows or columns are orthonormal."""

import numpy as np

from .arrays import Array


def orthonormal(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """A matrix (rows, columns), uniform over all whose rows, or columns if they are fewer, are orthonormal."""
    gaussian = rng.standard_normal((rows, columns))
    wide = rows < columns
    q, r = np.linalg.qr(gaussian.T if wide else gaussian)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)  # makes the draw uniform over all rotations and reflections
    return q.T if wide else q
