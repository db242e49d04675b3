"""Random matrices: orthonormal rows or columns, and Gaussian numbers without tails."""

import numpy as np

from .arrays import Array

FLAT = 0.5  # standard deviations: within a smaller cut the Gaussian density is nearly uniform


def orthonormal(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """A matrix (rows, columns), uniform over all whose rows, or columns if they are fewer, are orthonormal."""
    gaussian = rng.standard_normal((rows, columns))
    wide = rows < columns
    q, r = np.linalg.qr(gaussian.T if wide else gaussian)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)  # makes the draw uniform over all rotations and reflections
    return q.T if wide else q


def truncated_normal(rng: np.random.Generator, shape: tuple[int, ...], cut: float) -> Array:
    """Standard Gaussian numbers conditioned on lying between -cut and cut, by rejection sampling."""
    numbers = np.empty(int(np.prod(shape)))
    missing = np.arange(numbers.size)
    while missing.size:
        numbers[missing], accepted = _proposals(rng, missing.size, cut)
        missing = missing[~accepted]
    return numbers.reshape(shape)


def _proposals(rng: np.random.Generator, count: int, cut: float) -> tuple[Array, Array]:
    """Random numbers, and which of them to accept: Gaussian ones, or of a small cut uniform ones by their density."""
    if cut > FLAT:
        proposals = rng.standard_normal(count)
        return proposals, np.abs(proposals) <= cut
    proposals = cut * rng.uniform(-1, 1, count)
    return proposals, rng.uniform(size=count) <= np.exp(-proposals * proposals / 2)
