"""GELU: u times the probability that a standard Gaussian is below u."""

import numpy as np

from ...numerics.arrays import Array, Vector
from ...numerics.kernel import kernel

ALSO = ("gaussian_error_linear",)
READ = "A smooth ReLU that dips below 0; its slope rises a little above 1."
SOURCE = "Hendrycks & Gimpel 2016, Gaussian error linear units, section 2; torch.nn.GELU"
PARAMETERS = {"approximate": ("none", "tanh")}

# Coefficients, highest first, of the polynomial in t = (x - 5) / (x + 5) for (x + 5) P(-x) exp(x^2 / 2), with
# P the Gaussian distribution function and x >= 0; by mpmath.chebyfit, relative error below 2e-15.
# fmt: off
_MILLS = np.array([
    5.392100173719371e-10, 4.947336669721597e-09, -5.2025032250268085e-09, -5.711796434984854e-08,
    3.6240290289174393e-08, 4.196236622315215e-07, -3.3160315902947177e-07, -2.757305876450245e-06,
    3.978326243548211e-06, 1.6674640405053948e-05, -4.976197383820404e-05, -5.9373446030001774e-05,
    0.0005448988931801902, -0.0007978698884942293, -0.0029933767497392827, 0.02079506686107183,
    -0.06911863870764244, 0.16502036616646917, -0.3135331566712685, 0.4953056159700742,
    -0.665382502890057, 0.7691930497500625,
])
# fmt: on
_MIDDLE = 5.0
_DENSITY = 0.3989422804014327  # 1 / sqrt(2 pi)
_STEEPNESS = 1.5957691216057308  # 2 sqrt(2 / pi): twice, since (1 + tanh(y)) / 2 is the sigmoid of 2 y
_CUBIC = 0.044715  # Hendrycks & Gimpel 2016, section 2
_FAR = 40.0  # exp(-40^2 / 2) is 0 in float64


def value(u: Array, out: Array, approximate: str) -> None:
    """Write the GELU of u, shape (n,), into out."""
    if _exponential(u, out, approximate):
        _tanh_below(u, out)
    else:
        _below(u, out, 0.0)
    _value(u, out)


def slope(u: Array, _a: Array, out: Array, approximate: str) -> None:
    """Write the slope at u, shape (n,), into out."""
    if _exponential(u, out, approximate):
        _tanh_slope_below(u, out)
    else:
        _below(u, out, _DENSITY)
    _slope(u, out)


def largest_slope(approximate: str) -> float:
    """Supremum of |slope|: at u = sqrt 2, or at u = 1.41850400... for tanh; to double precision."""
    return 1.1289930686587718 if approximate == "tanh" else 1.1289041451851548


def gain(approximate: str) -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, to double precision."""
    return 1.5335805216661469 if approximate == "tanh" else 1.5335304411955352


def _exponential(u: Array, out: Array, approximate: str) -> bool:
    """Write the exponential factor of the lower tail; returns whether it is that of the tanh approximation."""
    tanh = approximate == "tanh"
    (_tanh_exponent if tanh else _exponent)(u, out)
    np.exp(out, out=out)
    return tanh


# With P the distribution function at -|u|, the value is u P below 0 and u (1 - P) above; the slope S at -|u|
# is 1 - S at |u|. So both need only the lower tail, where nothing cancels.


@kernel
def _value(u: Vector, out: Vector) -> None:
    """From P(-|u|) to the value at u, in place."""
    zero, one, far = u.dtype.type(0.0), u.dtype.type(1.0), u.dtype.type(-_FAR)
    for i in range(u.size):
        x = far if u[i] < far else u[i]
        out[i] = x * (out[i] if x < zero else one - out[i])


@kernel
def _slope(u: Vector, out: Vector) -> None:
    """From the slope at -|u| to the slope at u, in place."""
    zero, one = u.dtype.type(0.0), u.dtype.type(1.0)
    for i in range(u.size):
        out[i] = out[i] if u[i] < zero else one - out[i]


@kernel
def _exponent(u: Vector, out: Vector) -> None:
    """Write -u^2 / 2."""
    minus_half, far = u.dtype.type(-0.5), u.dtype.type(_FAR)
    for i in range(u.size):
        x = abs(u[i])
        x = far if x > far else x
        out[i] = minus_half * x * x


@kernel
def _below(u: Vector, out: Vector, density: float) -> None:
    """From e = exp(-u^2 / 2) to P(-|u|) - density |u| e in place: the slope at -|u|, or P if density is 0."""
    one, middle, far = u.dtype.type(1.0), u.dtype.type(_MIDDLE), u.dtype.type(_FAR)
    rate = u.dtype.type(density)
    for i in range(u.size):
        x = abs(u[i])
        x = far if x > far else x
        inverse = one / (x + middle)
        t = (x - middle) * inverse
        ratio = u.dtype.type(0.0)
        for j in range(_MILLS.size):
            ratio = ratio * t + u.dtype.type(_MILLS[j])
        out[i] *= ratio * inverse - rate * x


@kernel
def _tanh_exponent(u: Vector, out: Vector) -> None:
    """Write -2 sqrt(2 / pi) (|u| + 0.044715 |u|^3)."""
    one, steepness, cubic = u.dtype.type(1.0), u.dtype.type(-_STEEPNESS), u.dtype.type(_CUBIC)
    far = u.dtype.type(_FAR)
    for i in range(u.size):
        x = abs(u[i])
        x = far if x > far else x
        out[i] = steepness * x * (one + cubic * x * x)


@kernel
def _tanh_below(u: Vector, out: Vector) -> None:
    """From e = exp(-y), where y is the sigmoid's argument at |u|, to the sigmoid of -y, in place."""
    one = u.dtype.type(1.0)
    for i in range(u.size):
        out[i] = out[i] / (one + out[i])


@kernel
def _tanh_slope_below(u: Vector, out: Vector) -> None:
    """From e = exp(-y), where y is the sigmoid's argument at |u|, to the slope at -|u|, in place."""
    one, steepness, cubic = u.dtype.type(1.0), u.dtype.type(_STEEPNESS), u.dtype.type(3 * _CUBIC)
    far = u.dtype.type(_FAR)
    for i in range(u.size):
        e, x = out[i], abs(u[i])
        x = far if x > far else x
        inverse = one / (one + e)
        out[i] = e * inverse * (one - x * steepness * (one + cubic * x * x) * inverse)
