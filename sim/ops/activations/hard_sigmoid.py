"""Hard sigmoid: u / 6 + 1/2, clipped to between 0 and 1."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

READ = "Its slope is 1/6 between the ends and exactly 0 beyond them."
SOURCE = "torch.nn.Hardsigmoid; Howard et al. 2019, Searching for MobileNetV3"


@kernel
def value(u: Vector, out: Vector) -> None:
    """Write the hard sigmoid of u, shape (n,), into out."""
    sixth, half, zero, one = u.dtype.type(1 / 6), u.dtype.type(0.5), u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        line = u[i] * sixth + half
        out[i] = zero if line < zero else (one if line > one else line)


@kernel
def slope(u: Vector, _a: Vector, out: Vector) -> None:
    """Write the slope at u, shape (n,), into out: 0 at both kinks, as in PyTorch."""
    sixth, zero, three = u.dtype.type(1 / 6), u.dtype.type(0.0), u.dtype.type(3.0)
    for i in range(u.size):
        x = abs(u[i])
        out[i] = sixth if x < three else (zero if x >= three else x)


def largest_slope() -> float:
    """Supremum of |slope|."""
    return 1 / 6


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form."""
    inside = math.erf(3 / math.sqrt(2))
    edge = 3 * math.exp(-4.5) * math.sqrt(2 / math.pi)
    return 1 / math.sqrt((inside - edge) / 36 + inside / 4 + (1 - inside) / 2)
