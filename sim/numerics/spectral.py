"""The largest eigenvalue and the largest singular value of a weight matrix."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .arrays import Array

SMALL = 256  # units up to which recurrent weights are decomposed without being asked, since it takes no time


def spectral_radius(weight: Array) -> float:
    """The largest |eigenvalue| of a square matrix, nan if it holds a non-finite number."""
    if not np.isfinite(weight).all():
        return np.nan
    return measured(_radius, weight)


def measured(find: Callable[[Array], float], weight: Array) -> float:
    """`find` of a matrix, cached if the matrix is small."""
    if len(weight) > SMALL:
        return find(weight)
    return _remembered(find, weight.tobytes(), weight.dtype.str, weight.shape)


@lru_cache(maxsize=32)  # both, of as many recurrent layers as there may be, whose weights are the same in the next pass
def _remembered(find: Callable[[Array], float], numbers: bytes, dtype: str, shape: tuple[int, ...]) -> float:
    return find(np.frombuffer(numbers, dtype).reshape(shape))


def _radius(weight: Array) -> float:
    return float(np.abs(np.linalg.eigvals(weight.astype(np.float64))).max())


def largest_singular_value(weight: Array) -> float:
    """The spectral norm of a matrix, nan if it holds a non-finite number."""
    largest = float(np.abs(weight).max())
    if not 0 < largest < np.inf:
        return 0.0 if largest == 0 else np.nan
    scaled = weight.astype(np.float64) / largest  # so that no square overflows or underflows
    gram = scaled @ scaled.T if len(scaled) < len(scaled.T) else scaled.T @ scaled
    return largest * float(np.sqrt(np.linalg.eigvalsh(gram)[-1]))  # several times as fast as all singular values
