"""Hard tanh: u clipped to between -1 and 1."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

READ = "Its slope is 1 between the ends and exactly 0 beyond them, where no gradient passes."
SOURCE = "Collobert 2004, Large scale machine learning; torch.nn.Hardtanh"


@kernel
def value(u: Vector, out: Vector) -> None:
    """Write u, shape (n,), clipped to [-1, 1] into out."""
    one = u.dtype.type(1.0)
    for i in range(u.size):
        out[i] = -one if u[i] < -one else (one if u[i] > one else u[i])


@kernel
def slope(u: Vector, _a: Vector, out: Vector) -> None:
    """Write the slope at u, shape (n,), into out: 0 at both kinks, as in PyTorch."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        x = abs(u[i])
        out[i] = one if x < one else (zero if x >= one else x)


def largest_slope() -> float:
    """Supremum of |slope|."""
    return 1.0


def gain() -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form."""
    inside = math.erf(1 / math.sqrt(2))
    edge = math.exp(-0.5) * math.sqrt(2 / math.pi)
    return 1 / math.sqrt((inside - edge) + (1 - inside))
