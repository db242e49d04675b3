"""Mish: u tanh(softplus(u))."""

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import exp_of_minus_abs
from ...numerics.kernel import kernel

READ = "A smooth ReLU much like SiLU; its slope is at most about 1.09."
SOURCE = "Misra 2019, Mish: a self regularized non-monotonic activation function; torch.nn.Mish"

_FAR = 746.0  # exp(-746) is 0 in float64


def value(u: Array, out: Array) -> None:
    """Write the Mish of u, shape (n,), into out."""
    exp_of_minus_abs(u, out)
    _value(u, out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out."""
    exp_of_minus_abs(u, out)
    _slope(u, out)


def largest_slope() -> float:
    """Supremum of |slope|, at u = 1.49057117..., to double precision."""
    return 1.0884981612517279


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, to double precision."""
    return 1.4868475812732081


@kernel
def _value(u: Vector, out: Vector) -> None:
    """From e = exp(-|u|) to u t in place, with t = tanh(softplus(u)) as a fraction of polynomials in e."""
    zero, one, two, far = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(2.0), u.dtype.type(-_FAR)
    for i in range(u.size):
        e, x = out[i], u[i]
        above = x * (one + two * e) / (one + two * e + two * e * e)
        below = (far if x < far else x) * e * (e + two) / (e * e + two * e + two)
        out[i] = below if x < zero else above


@kernel
def _slope(u: Vector, out: Vector) -> None:
    """From e = exp(-|u|) to t + u dt/du in place, with t = tanh(softplus(u))."""
    zero, one, two, four = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(2.0), u.dtype.type(4.0)
    far = u.dtype.type(_FAR)
    for i in range(u.size):
        e, x = out[i], abs(u[i])
        x = far if x > far else x
        inverse = one / (one + two * e + two * e * e)
        above = ((one + two * e) + four * x * e * e * (one + e) * inverse) * inverse
        inverse = one / (e * e + two * e + two)
        below = e * ((e + two) - four * x * (one + e) * inverse) * inverse
        out[i] = below if u[i] < zero else above
