"""SELU: an ELU scaled so that mean 0 and variance 1 are kept from layer to layer."""

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.elementwise import scaled_negative_part
from ...numerics.kernel import kernel

ALSO = ("scaled_elu", "self_normalizing", "self_normalising")
READ = "With LeCun's weights mean 0 and variance 1 are a stable fixed point, so deep networks need no norm."
SOURCE = "Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-normalizing neural networks; torch.nn.SELU"

_SCALE = 1.0507009873554804934193349852946  # lambda_01, Klambauer et al. 2017, equation 14
_SCALED_ALPHA = 1.7580993408473768  # lambda_01 alpha_01


def value(u: Array, out: Array) -> None:
    """Write the SELU of u, shape (n,), into out."""
    scaled_negative_part(u, out, 0.5)
    np.tanh(out, out=out)
    _value(u, out)


def slope(u: Array, _a: Array, out: Array) -> None:
    """Write the slope at u, shape (n,), into out: that of the negative side at the kink, as in PyTorch."""
    scaled_negative_part(u, out, 1.0)
    np.exp(out, out=out)
    _slope(u, out)


def largest_slope() -> float:
    """Supremum of |slope|, at u = 0 from below."""
    return _SCALED_ALPHA


def gain() -> float:
    """He gain: PyTorch's calculate_gain("selu"); not the 1 that keeps SELU's fixed point."""
    return 0.75


@kernel
def _value(u: Vector, out: Vector) -> None:
    """From t = tanh(u / 2) to scale alpha (exp(u) - 1), with exp(u) - 1 = 2 t / (1 - t), in place."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    scale, negative_scale = u.dtype.type(_SCALE), u.dtype.type(2 * _SCALED_ALPHA)
    for i in range(u.size):
        t = out[i]
        out[i] = negative_scale * t / (one - t) if u[i] <= zero else scale * u[i]


@kernel
def _slope(u: Vector, out: Vector) -> None:
    """From e = exp(u) to scale alpha e for negative u and scale for positive u, in place."""
    zero, scale, negative_scale = u.dtype.type(0.0), u.dtype.type(_SCALE), u.dtype.type(_SCALED_ALPHA)
    for i in range(u.size):
        out[i] = scale if u[i] > zero else (negative_scale * out[i] if u[i] <= zero else u[i])
