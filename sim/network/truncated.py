"""Gaussian numbers without their tails."""

import numpy as np

from ..numerics.arrays import Array

FLAT = 0.5  # below so many standard deviations a Gaussian is nearly uniform


def truncated_normal(rng: np.random.Generator, shape: tuple[int, ...], cut: float) -> Array:
    """Standard Gaussian numbers between -cut and cut: others are drawn anew."""
    numbers = np.empty(int(np.prod(shape)))
    left = np.arange(numbers.size)
    while left.size:
        numbers[left], kept = _candidates(rng, left.size, cut)
        left = left[~kept]
    return numbers.reshape(shape)


def _candidates(rng: np.random.Generator, count: int, cut: float) -> tuple[Array, Array]:
    """Numbers, and which of them may stay: at least one in three on average."""
    if cut > FLAT:
        candidates = rng.standard_normal(count)
        return candidates, np.abs(candidates) <= cut
    candidates = cut * rng.uniform(-1, 1, count)
    return candidates, rng.uniform(size=count) <= np.exp(-candidates * candidates / 2)
