"""Sine: sin(w0 u), which never saturates; w0 = 30 and the init siren make a SIREN."""

import math

import numpy as np

from ...numerics.arrays import Array

ALSO = ("sin", "siren", "sinusoidal")
READ = "Its slope is w0 cos(w0 u), so the larger w0 is, the smaller the weights have to be."
SOURCE = "Sitzmann, Martel, Bergman, Lindell & Wetzstein 2020, Implicit neural representations, section 3.2"
PARAMETERS = {"w0": (1.0, 0.001, 1000.0)}


def value(u: Array, out: Array, w0: float) -> None:
    """Write sin(w0 u), shape (n,), into out."""
    np.multiply(u, w0, out=out)
    np.sin(out, out=out)


def slope(u: Array, _a: Array, out: Array, w0: float) -> None:
    """Write the slope at u, shape (n,), into out."""
    np.multiply(u, w0, out=out)
    np.cos(out, out=out)
    np.multiply(out, w0, out=out)


def largest_slope(w0: float) -> float:
    """Supremum of |slope|, at u = 0."""
    return w0


def gain(w0: float) -> float:
    """He's rule 1 / sqrt(E[a^2]) over a standard Gaussian, in closed form: E[cos(2 w0 u)] = exp(-2 w0^2)."""
    return math.sqrt(2 / -math.expm1(-2 * w0 * w0))
