"""ELU: u if u > 0, else alpha (exp(u) - 1)."""

import math

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import scaled_negative_part
from ...numerics.kernel import kernel

ALSO = ("exponential_linear",)
READ = "Below 0 its slope fades but is not 0, and its mean is nearer to 0 than a ReLU's."
SOURCE = "Clevert, Unterthiner & Hochreiter 2016, Fast and accurate deep network learning by ELUs; torch.nn.ELU"
PARAMETERS = {"alpha": (1.0, 0.0, 10.0)}


def value(u: Array, out: Array, alpha: float) -> None:
    """Write the ELU of u, shape (n,), into out."""
    scaled_negative_part(u, out, 0.5)
    np.tanh(out, out=out)
    _value(u, out, alpha)


def slope(u: Array, _a: Array, out: Array, alpha: float) -> None:
    """Write the slope at u, shape (n,), into out: alpha at the kink, as in PyTorch."""
    scaled_negative_part(u, out, 1.0)
    np.exp(out, out=out)
    _slope(u, out, alpha)


def largest_slope(alpha: float) -> float:
    """Supremum of |slope|."""
    return max(1.0, alpha)


def gain(alpha: float) -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form."""
    twice = math.exp(2) * math.erfc(math.sqrt(2)) / 2  # E[exp(2 x); x < 0]
    once = math.exp(0.5) * math.erfc(math.sqrt(0.5)) / 2  # E[exp(x); x < 0]
    return 1 / math.sqrt(0.5 + alpha * alpha * (twice - 2 * once + 0.5))


@kernel
def _value(u: Vector, out: Vector, alpha: float) -> None:
    """From t = tanh(u / 2) to alpha (exp(u) - 1) = alpha 2 t / (1 - t) for negative u, in place."""
    zero, one, scale = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(2 * alpha)
    for i in range(u.size):
        t = out[i]
        out[i] = scale * t / (one - t) if u[i] <= zero else u[i]


@kernel
def _slope(u: Vector, out: Vector, alpha: float) -> None:
    """From e = exp(u) to alpha e for negative u and 1 for positive u, in place."""
    zero, one, scale = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(alpha)
    for i in range(u.size):
        out[i] = one if u[i] > zero else (scale * out[i] if u[i] <= zero else u[i])
