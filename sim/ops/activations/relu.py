"""ReLU: u if u > 0, else 0."""

import math

from ...numerics.arrays import Vector
from ...numerics.kernel import kernel

ALSO = ("rectifier", "rectified_linear")
READ = (
    "Its slope is 1 where it is on and 0 where it is off, so about half of the gradient is lost at each layer "
    "unless the weights make up for it. A unit that is off for every input gets no gradient and stays off."
)
SOURCE = "Nair & Hinton 2010, section 3; Glorot, Bordes & Bengio 2011"


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
