"""Bounds on the gradient through time from spectral norm and spectral radius of the recurrent weights."""

from dataclasses import dataclass

EDGE = 1e-5  # rounding error of the norm of a rotation in float32


@dataclass(frozen=True)
class Bounds:
    """Bounds on a step's Jacobian W^T diag(slope): its norm is at most spectral norm times largest slope.

    Below 1 the gradient must vanish; above 1 it can explode, but need not. In a linear network the factor per step
    tends to the spectral radius, whatever the norm. Pascanu, Mikolov & Bengio 2013, section 2.1.
    """

    most: float  # spectral norm x largest slope, an upper bound on the factor per step
    must_vanish: bool
    may_explode: bool
    linear_factor: float  # spectral radius: the factor per step of a linear network in the limit


def bounds(spectral_norm: float, spectral_radius: float, largest_slope: float) -> Bounds:
    """The bounds of one rnn layer without a norm; both conditions are False where the product is 1 within EDGE."""
    most = spectral_norm * largest_slope
    return Bounds(most, most < 1 - EDGE, most > 1 + EDGE, spectral_radius)
