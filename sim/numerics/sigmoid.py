"""Elementwise sigmoid: an activation, and the slope of softplus."""

from .arrays import Array, Vector
from .elementwise import exp_of_minus_abs
from .kernel import kernel


def sigmoid(u: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-u)), shape (n,), without overflow."""
    exp_of_minus_abs(u, out)
    _sigmoid(u, out)


@kernel
def _sigmoid(u: Vector, out: Vector) -> None:
    """From e = exp(-|u|) to 1 / (1 + e), or e / (1 + e) for negative u, in place."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        e = out[i]
        out[i] = (e if u[i] < zero else one) / (one + e)
