"""Clipping by norm: all gradients together, scaled down so that their norm is at most the threshold."""

from collections.abc import Sequence

import numpy as np

from ...numerics.number_format import Round
from ..parameter_vector import ClipOutcome, ParameterView, norms_in_format

ALSO = ("clip_norm", "clip_grad_norm", "grad_norm", "global_norm", "l2")
ACTIVE = True
READ = "The direction stays, so an explosion costs one short step and not the run."
SOURCE = "Pascanu, Mikolov & Bengio 2013, algorithm 1; torch.nn.utils.clip_grad_norm_, with its 1e-6"
PARAMETERS = {"threshold": (1.0, 0.0, 1e30)}
EPS = 1e-6
OF_ALL = True  # it bounds the norm of the gradient of all parameters together


def clip(pairs: Sequence[ParameterView], round_: Round, threshold: float) -> ClipOutcome:
    """Scale in place, by a factor worked out in the gradients' own number format; whether it is less than 1."""
    norms = norms_in_format([pair.gradient for pair in pairs], round_)
    total = round_(norms_in_format([norms], round_) + norms.dtype.type(EPS))
    factor = round_(norms.dtype.type(threshold) / total)
    if factor[0] >= 1:
        return ClipOutcome(False, total[0])
    for pair in pairs:
        round_(np.multiply(pair.gradient, factor, out=pair.gradient))
    return ClipOutcome(True, total[0])
