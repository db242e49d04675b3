"""Hard swish: u times the hard sigmoid of u, a SiLU of straight lines and one parabola."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

ALSO = ("hard_silu", "h_swish")
READ = "It is cheap on small machines; its slope is 0 below -3 and 1 above 3."
SOURCE = "Howard et al. 2019, Searching for MobileNetV3; torch.nn.Hardswish"


@kernel
def value(u: Vector, out: Vector) -> None:
    """Write u (u + 3) / 6 between -3 and 3, 0 below and u above, shape (n,), into out."""
    zero, three, sixth = u.dtype.type(0.0), u.dtype.type(3.0), u.dtype.type(1 / 6)
    for i in range(u.size):
        x = u[i]
        out[i] = zero if x <= -three else (x if x >= three else x * (x + three) * sixth)


@kernel
def slope(u: Vector, _a: Vector, out: Vector) -> None:
    """Write the slope at u, shape (n,), into out: 0 and 1 at the kinks, as in PyTorch."""
    zero, half, one = u.dtype.type(0.0), u.dtype.type(0.5), u.dtype.type(1.0)
    three, third = u.dtype.type(3.0), u.dtype.type(1 / 3)
    for i in range(u.size):
        x = u[i]
        out[i] = zero if x <= -three else (one if x >= three else x * third + half)


def largest_slope() -> float:
    """Supremum of |slope|, towards u = 3 from below."""
    return 1.5


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form."""
    inside, edge = math.erf(3 / math.sqrt(2)), math.exp(-4.5) * math.sqrt(2 / math.pi)
    second = inside - 3 * edge  # E[u^2] of |u| < 3
    fourth = 3 * second - 27 * edge  # and E[u^4]
    return 1 / math.sqrt((fourth + 9 * second) / 36 + (1 - second) / 2)
