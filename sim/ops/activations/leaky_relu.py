"""Leaky ReLU: u if u > 0, else alpha u."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

ALSO = ("leaky", "lrelu", "prelu")
READ = "Where ReLU passes nothing it passes alpha, so no unit is dead for good."
SOURCE = "Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models; torch.nn.LeakyReLU"
PARAMETERS = {"alpha": (0.01, 0.0, 10.0)}


@kernel
def value(u: Vector, out: Vector, alpha: float) -> None:
    """Write the leaky ReLU of u, shape (n,), into out."""
    zero, leak = u.dtype.type(0.0), u.dtype.type(alpha)
    for i in range(u.size):
        out[i] = u[i] if u[i] > zero else leak * u[i]


@kernel
def slope(u: Vector, _a: Vector, out: Vector, alpha: float) -> None:
    """Write the slope at u, shape (n,), into out: alpha at the kink, as in PyTorch."""
    zero, one, leak = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(alpha)
    for i in range(u.size):
        out[i] = one if u[i] > zero else (leak if u[i] <= zero else u[i])


def largest_slope(alpha: float) -> float:
    """Supremum of |slope|."""
    return max(1.0, alpha)


def gain(alpha: float) -> float:
    """He gain: PyTorch's calculate_gain("leaky_relu", alpha), He et al. 2015, equation 15."""
    return math.sqrt(2 / (1 + alpha * alpha))
