"""SiLU (swish): u times the sigmoid of u."""

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import exp_of_minus_abs
from ...numerics.kernel import kernel

ALSO = ("swish",)
READ = "A smooth ReLU that dips below 0; its slope is at most 1.1."
SOURCE = "Elfwing, Uchibe & Doya 2018, Sigmoid-weighted linear units; Ramachandran, Zoph & Le 2017 (swish)"

_FAR = 746.0  # exp(-746) is 0 in float64


def value(u: Array, out: Array) -> None:
    """Write the SiLU of u, shape (n,), into out."""
    exp_of_minus_abs(u, out)
    _value(u, out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out."""
    exp_of_minus_abs(u, out)
    _slope(u, out)


def largest_slope() -> float:
    """Supremum of |slope|, at u = 2.39935728..., to double precision."""
    return 1.0998393201288669


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, to double precision."""
    return 1.6765324703310911586


@kernel
def _value(u: Vector, out: Vector) -> None:
    """From e = exp(-|u|) to u / (1 + e), or u e / (1 + e) for negative u, in place."""
    zero, one, far = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(-_FAR)
    for i in range(u.size):
        e = out[i]
        negative = (far if u[i] < far else u[i]) * e
        out[i] = (negative if u[i] < zero else u[i]) / (one + e)


@kernel
def _slope(u: Vector, out: Vector) -> None:
    """From e = exp(-|u|) to the slope at -|u|, or 1 less that for positive u, in place."""
    zero, one, far = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(_FAR)
    for i in range(u.size):
        e, x = out[i], abs(u[i])
        x = far if x > far else x
        left = e * (one + e - x) / ((one + e) * (one + e))
        out[i] = left if u[i] < zero else one - left
