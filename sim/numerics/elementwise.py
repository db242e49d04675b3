"""Elementwise functions that several activations share."""

import numpy as np

from .arrays import Array, Vector
from .kernel import kernel


def exp_of_minus_abs(u: Array, out: Array) -> None:
    """Write exp(-|u|), which never overflows, shape (n,)."""
    _minus_abs(u, out)
    np.exp(out, out=out)


@kernel
def _minus_abs(u: Vector, out: Vector) -> None:
    """Write -|u|."""
    for i in range(u.size):
        out[i] = -abs(u[i])


@kernel
def scaled_negative_part(u: Vector, out: Vector, factor: float) -> None:
    """Write factor min(u, 0), shape (n,)."""
    zero, scale = u.dtype.type(0.0), u.dtype.type(factor)
    for i in range(u.size):
        out[i] = scale * (u[i] if u[i] < zero else zero)


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
