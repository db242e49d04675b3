"""Mean-field theory of wide plain networks at initialisation: variance, correlation and gradient by depth.

Poole et al. 2016; Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017. Weights are independent with variance
sigma_w^2 / fan-in, biases with variance sigma_b^2. Integrals over Gaussian numbers are Gauss-Hermite sums.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..numerics.arrays import Floats

Function = Callable[[Floats], Floats]
NODES = 200  # of an integral over one Gaussian number: an even number, so that a kink at 0 lies between two
NODES_OF_TWO = 80  # of one over two
STEPS, CLOSE = 10_000, 1e-12  # of a fixed point's iteration at most, and how near it must be
ZERO, INFINITE = 1e-30, 1e30  # variances below and above which the iteration ends
HALVINGS = 40  # of the interval in which c* lies
TRAINS = 6  # times xi_c: networks up to about this depth are trainable (Schoenholz et al. 2017)


@dataclass(frozen=True)
class MeanField:
    """Fixed-point variance q* of preactivations, and chi_1, the factor of the gradient's mean square per layer.

    chi_1 < 1 is order, where gradients vanish; chi_1 > 1 is chaos, where they explode; 1 is the edge of chaos. `xi` is
    the depth scale over which the correlation of two inputs approaches its limit by a factor of e; inf at the edge.
    """

    variance: float
    chi: float
    xi: float

    @property
    def trainable_depth(self) -> float:
        """6 xi_c, the depth up to which networks train in the experiments of Schoenholz et al. 2017."""
        return TRAINS * self.xi


UNKNOWN = MeanField(math.nan, math.nan, math.nan)


def mean_field(phi: Function, slope: Function, weight_variance: float, bias_variance: float) -> MeanField:
    """Mean-field theory of an activation: variance map, correlation map and chi_1 of Schoenholz et al. 2017.

    If the variance diverges, as a ReLU's may, q* is inf, chi_1 its limit at large variance, and xi nan.
    """
    z, weight = _nodes(NODES)
    q = 1.0
    for _ in range(STEPS):
        new = weight_variance * float(weight @ phi(math.sqrt(q) * z) ** 2) + bias_variance
        if not new < INFINITE:
            chi = weight_variance * float(weight @ slope(math.sqrt(INFINITE) * z) ** 2)
            return MeanField(math.inf, chi, math.nan)
        settled, q = abs(new - q) <= CLOSE * new or new < ZERO, new
        if settled:
            break
    chi = weight_variance * float(weight @ slope(math.sqrt(q) * z) ** 2)
    return MeanField(
        q, chi, _depth_scale(_chi_apart(phi, slope, q, weight_variance, bias_variance) if chi > 1 else chi)
    )


def _depth_scale(factor: float) -> float:
    """-1 / ln(factor): the layers over which a distance that shrinks by the factor falls by e; inf from 1 on."""
    if factor <= 0:
        return 0.0
    return math.inf if factor >= 1 else -1 / math.log(factor)


def _chi_apart(phi: Function, slope: Function, q: float, weight_variance: float, bias_variance: float) -> float:
    """In chaos: the factor a layer by which the correlation of two inputs approaches its fixed point c* < 1."""
    z, weight = _nodes(NODES_OF_TWO)
    size = math.sqrt(q)

    def both(function: Function, c: float) -> float:
        """The mean of a function's product at two inputs of correlation c."""
        other = size * (c * z[:, None] + math.sqrt(1 - c * c) * z[None, :])
        return float(weight @ (function(size * z) * (function(other.ravel()).reshape(other.shape) @ weight)))

    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        c = (low + high) / 2
        if weight_variance * both(phi, c) + bias_variance > c * q:
            low = c
        else:
            high = c
    return weight_variance * both(slope, (low + high) / 2)


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Nodes and weights of an integral over a standard Gaussian number."""
    z, weight = np.polynomial.hermite_e.hermegauss(count)
    return z, weight / math.sqrt(2 * math.pi)
