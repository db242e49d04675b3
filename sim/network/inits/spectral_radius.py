"""Spectral radius: Gaussian numbers scaled so that the matrix's largest |eigenvalue| is the radius."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("radius", "spectral", "esn", "reservoir")
READ = "Over many steps the radius decides: above 1 the powers of the matrix grow, below 1 they shrink."
SOURCE = "Jaeger 2001, The echo state approach; Pascanu, Mikolov & Bengio 2013, section 2.1"
PARAMETERS = {"radius": (1.0, 0.0, 1000.0)}
MATRICES = 3  # float64 arrays of its size at once


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, _context: InitContext, radius: float) -> Array:
    """A matrix (fan-out, fan-in); one that is not square, and so has no radius, gets variance radius^2 / fan-in.

    That is what the circular law gives a large square one; its largest singular value is about twice the radius.
    """
    gaussian = rng.standard_normal((fan_out, fan_in)) / math.sqrt(fan_in)
    if fan_out != fan_in:
        return radius * gaussian
    largest = float(np.abs(np.linalg.eigvals(gaussian)).max())
    return gaussian * (radius / largest)
