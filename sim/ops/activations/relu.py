"""ReLU: u if u > 0, else 0."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

ALSO = ("rectifier", "rectified_linear")
RECTIFIES = True  # value and slope are 0 below 0
READ = (
    "At each layer about half of the gradient's entries become 0, for which the weights must make up; a unit that is "
    "off for every input gets no gradient and stays off."
)
SOURCE = (
    "Nair & Hinton 2010, Rectified linear units; Glorot, Bordes & Bengio 2011, Deep sparse rectifier neural networks"
)


@kernel
def value(u: Vector, out: Vector) -> None:
    """Write max(u, 0), shape (n,), into out."""
    zero = u.dtype.type(0.0)
    for i in range(u.size):
        out[i] = zero if u[i] <= zero else u[i]


@kernel
def slope(u: Vector, _a: Vector, out: Vector) -> None:
    """Write the slope at u, shape (n,), into out: 0 at the kink, as in PyTorch."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        out[i] = zero if u[i] <= zero else (one if u[i] > zero else u[i])


def largest_slope() -> float:
    """Supremum of |slope|."""
    return 1.0


def gain() -> float:
    """He gain: PyTorch's calculate_gain("relu"), He et al. 2015, equation 10."""
    return math.sqrt(2.0)
