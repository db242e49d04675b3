"""What the recurrent weights alone guarantee of the gradient through time: spectral norm and spectral radius."""

from dataclasses import dataclass

EDGE = 1e-5  # what rounding to float32 makes of a rotation's norm of 1


@dataclass(frozen=True)
class Bounds:
    """Pascanu, Mikolov & Bengio 2013, section 2.1: two conditions that people confuse.

    A step's Jacobian is W^T diag(slope), so its norm is at most the spectral norm times the largest slope: below 1
    the gradient must vanish. It can explode only if the norm's product is above 1, but need not. In a linear network
    the factor a step tends to the spectral radius, whatever the norm.
    """

    most: float  # spectral norm x largest slope: no step multiplies the gradient by more
    must_vanish: bool
    may_explode: bool
    linear_factor: float  # spectral radius: what a step comes to in a linear network, over many steps


def bounds(spectral_norm: float, spectral_radius: float, largest_slope: float) -> Bounds:
    """The bounds of one rnn layer without a norm; False twice at the edge, where the product is 1."""
    most = spectral_norm * largest_slope
    return Bounds(most, most < 1 - EDGE, most > 1 + EDGE, spectral_radius)
