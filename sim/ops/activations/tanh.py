"""Tanh: between -1 and 1, slope 1 at 0."""

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.kernel import kernel

ALSO = ("hyperbolic_tangent",)
IN_CELLS = True  # gated cells compute it themselves
READ = "A sigmoid centred at 0: near 0 it passes the gradient on whole, and far from 0 next to nothing of it."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.4; torch.nn.Tanh"


def value(u: Array, out: Array) -> None:
    """Write tanh(u), shape (n,), into out."""
    np.tanh(u, out=out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write 1 / cosh(u)^2, shape (n,), into out, without the cancellation of 1 - a^2 at large |u|."""
    _exponent(u, out)
    np.exp(out, out=out)
    _slope(out)


def largest_slope() -> float:
    """Supremum of |slope|, at u = 0."""
    return 1.0


def gain() -> float:
    """He gain: PyTorch's calculate_gain("tanh")."""
    return 5 / 3


@kernel
def _exponent(u: Vector, out: Vector) -> None:
    """Write -2 |u|, whose exp never overflows."""
    minus_two = u.dtype.type(-2.0)
    for i in range(u.size):
        out[i] = minus_two * abs(u[i])


@kernel
def _slope(out: Vector) -> None:
    """From e = exp(-2 |u|) to 4 e / (1 + e)^2 = 1 / cosh(u)^2, in place."""
    one, four = out.dtype.type(1.0), out.dtype.type(4.0)
    for i in range(out.size):
        e = out[i]
        out[i] = four * e / ((one + e) * (one + e))
