"""Randomised leaky ReLU: u if u > 0, else r u with r drawn anew for every element."""

import math

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.kernel import kernel

ALSO = ("random_relu", "randomised_relu", "randomized_relu", "randomised_leaky_relu", "randomized_leaky_relu")
READ = "The randomness is a regulariser; with the mean slope in its place it is a leaky ReLU."
SOURCE = "Xu, Wang, Chen & Li 2015, Empirical evaluation of rectified activations; torch.nn.RReLU in training mode"
RANDOM = True
PARAMETERS = {"lower": (0.125, 0.0, 10.0), "upper": (0.3333333333333333, 0.0, 10.0)}
ORDERED = (("lower", "upper"),)


def draw(rng: np.random.Generator, size: int, dtype: type, lower: float, upper: float) -> tuple[Array]:
    """Slopes of the negative side, shape (size,), uniform between lower and upper."""
    return (rng.uniform(lower, upper, size).astype(dtype),)


@kernel
def value(u: Vector, out: Vector, leaks: Vector) -> None:
    """Write the leaky ReLU of u, shape (n,), into out, each element with its own leak."""
    zero = u.dtype.type(0.0)
    for i in range(u.size):
        out[i] = u[i] if u[i] > zero else leaks[i] * u[i]


@kernel
def slope(u: Vector, _a: Vector, out: Vector, leaks: Vector) -> None:
    """Write the slope at u, shape (n,), into out: the leak at the kink, as in PyTorch."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        out[i] = one if u[i] > zero else (leaks[i] if u[i] <= zero else u[i])


def largest_slope(lower: float, upper: float) -> float:
    """Supremum of |slope| over all draws."""
    return max(1.0, lower, upper)


def gain(lower: float, upper: float) -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian and the random leaks, in closed form."""
    return math.sqrt(2 / (1 + (lower * lower + lower * upper + upper * upper) / 3))
