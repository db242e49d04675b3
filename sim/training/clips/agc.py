"""Adaptive clipping: each unit's gradient to at most a share of its weights' norm; the readout is left alone."""

from collections.abc import Sequence

import numpy as np

from ...numerics.arrays import Array
from ...numerics.number_format import Round
from ..parameter_vector import ClipOutcome, ParameterView

ALSO = ("adaptive", "adaptive_clip", "adaptive_gradient_clipping")
ACTIVE = True
READ = "It measures an update beside what it changes, so one threshold serves layers of any size."
SOURCE = "Brock, De, Smith & Simonyan 2021, High-performance large-scale image recognition, section 4"
PARAMETERS = {"threshold": (0.01, 0.0, 1e6), "eps": (0.001, 0.0, 1e6)}
LEAST = 1e-6  # of a gradient's norm, as in the authors' code


def clip(pairs: Sequence[ParameterView], round_: Round, threshold: float, eps: float) -> ClipOutcome:
    """Scale in place, row by row of matrices and each vector as a whole; whether any was larger."""
    fired, largest = False, 0.0
    for pair in pairs:
        if pair.readout:
            continue
        allowed = round_(np.maximum(_norms(pair.parameter, round_), eps) * threshold)
        norms = _norms(pair.gradient, round_)
        largest = max(largest, float(norms.max()))
        large = ~(norms <= allowed)
        if large.any():
            fired = True
            scale = round_(np.where(large, allowed / np.maximum(norms, LEAST), 1).astype(norms.dtype))
            round_(np.multiply(pair.gradient, scale, out=pair.gradient))
    return ClipOutcome(fired, largest)


def _norms(array: Array, round_: Round) -> Array:
    """The norm of each unit's weights (units, 1), of a vector as a whole (1,)."""
    squares = np.square(array).sum(axis=-1, keepdims=True)
    return round_(np.sqrt(squares))
