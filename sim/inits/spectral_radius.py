"""Spectral radius: a Gaussian matrix scaled so that its largest |eigenvalue| is the radius."""

import math

import numpy as np

from ..kernel import Array
from ..place import Place

SOURCE = "Jaeger 2001, The echo state approach, section 4; Pascanu, Mikolov & Bengio 2013, section 2"
PARAMETERS = {"radius": (1.0, 0.0, 1000.0)}
SQUARE = True


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _place: Place, radius: float) -> Array:
    """A square matrix of Gaussian numbers, rescaled; its largest singular value is then about twice the radius."""
    gaussian = rng.standard_normal((fan_out, fan_in)) / math.sqrt(fan_in)
    return gaussian * (radius / np.abs(np.linalg.eigvals(gaussian)).max())
