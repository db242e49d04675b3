"""Softsign: u / (1 + |u|), a sigmoid with slow tails."""

import math

import numpy as np

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

READ = "Its slope falls with the square of the distance and not exponentially, so it saturates more slowly than tanh."
SOURCE = "Glorot & Bengio 2010, section 3.3; torch.nn.Softsign"


@kernel
def value(u: Vector, out: Vector) -> None:
    """Write the softsign of u, shape (n,), into out; 1 and -1 at the infinities."""
    one = u.dtype.type(1.0)
    for i in range(u.size):
        x = abs(u[i])
        out[i] = math.copysign(one, u[i]) if x == np.inf else u[i] / (one + x)


@kernel
def slope(u: Vector, _a: Vector, out: Vector) -> None:
    """Write the slope 1 / (1 + |u|)^2, shape (n,), into out."""
    one = u.dtype.type(1.0)
    for i in range(u.size):
        inverse = one / (one + abs(u[i]))
        out[i] = inverse * inverse


def largest_slope() -> float:
    """Supremum of |slope|, at u = 0."""
    return 1.0


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, to double precision."""
    return 2.3375333631085396599
