"""Softplus: log(1 + exp(u)), a smooth ReLU, never 0."""

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import exp_of_minus_abs, sigmoid
from ...numerics.kernel import kernel

ALSO = ("smooth_relu",)
READ = "Its slope is the sigmoid, so it is never fully on or off, and all its outputs are above 0."
SOURCE = "Glorot, Bordes & Bengio 2011, Deep sparse rectifier neural networks; without PyTorch's cut at 20"


def value(u: Array, out: Array) -> None:
    """Write max(u, 0) + log(1 + exp(-|u|)), shape (n,), into out."""
    exp_of_minus_abs(u, out)
    np.log1p(out, out=out)
    _add_positive_part(u, out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out: the sigmoid."""
    sigmoid(u, out)


def largest_slope() -> float:
    """Supremum of |slope|, approached at large u."""
    return 1.0


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, to double precision."""
    return 1.0418668355353017


@kernel
def _add_positive_part(u: Vector, out: Vector) -> None:
    """Add max(u, 0) in place."""
    zero = u.dtype.type(0.0)
    for i in range(u.size):
        out[i] += u[i] if u[i] > zero else zero
