"""Sigmoid: 1 / (1 + exp(-u)), between 0 and 1."""

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import exp_of_minus_abs, sigmoid
from ...numerics.kernel import kernel

ALSO = ("logistic", "expit")
READ = (
    "Its slope is at most 1/4, at 0, so each layer takes away three quarters of the gradient or more unless the "
    "weights are large."
)
SOURCE = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors; torch.nn.Sigmoid"


def value(u: Array, out: Array) -> None:
    """Write the sigmoid of u, shape (n,), into out."""
    sigmoid(u, out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out, without the cancellation of a (1 - a) at large u."""
    exp_of_minus_abs(u, out)
    _slope(out)


def largest_slope() -> float:
    """Supremum of |slope|, at u = 0."""
    return 0.25


def gain() -> float:
    """He gain: PyTorch's calculate_gain("sigmoid")."""
    return 1.0


@kernel
def _slope(out: Vector) -> None:
    """From e = exp(-|u|) to e / (1 + e)^2, in place."""
    one = out.dtype.type(1.0)
    for i in range(out.size):
        e = out[i]
        out[i] = e / ((one + e) * (one + e))
