"""Exponential: exp(u), above 0 and without bound."""

import math

import numpy as np

from ...numerics.arrays import Array

ALSO = ("exp",)
READ = "Its slope is its value, so what grows makes the gradient grow as well."
SOURCE = "tf.keras.activations.exponential"


def value(u: Array, out: Array) -> None:
    """Write exp(u), shape (n,), into out."""
    np.exp(u, out=out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out: exp(u) again."""
    np.exp(u, out=out)


def largest_slope() -> float:
    """Supremum of |slope|: infinite."""
    return math.inf


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form: E[exp(2 u)] = exp(2)."""
    return math.exp(-1)
