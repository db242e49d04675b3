"""Clipping by norm: all gradients together, scaled down so that their norm is at most the threshold."""

from collections.abc import Sequence

import numpy as np

from ...numerics.number_format import Round
from ..parameter_vector import Clipping, Pair, length

ALSO = ("clip_norm", "clip_grad_norm", "grad_norm", "global_norm", "l2")
SOURCE = "Pascanu, Mikolov & Bengio 2013, algorithm 1; torch.nn.utils.clip_grad_norm_, with its 1e-6"
PARAMETERS = {"threshold": (1.0, 0.0, 1e30)}
EPS = 1e-6


def clip(pairs: Sequence[Pair], keep: Round, threshold: float) -> Clipping:
    """Scale in place, by a factor worked out in the gradients' own number format; whether it is less than 1."""
    norms = np.array([length(pair.gradient, keep) for pair in pairs], pairs[0].gradient.dtype)
    total = keep(np.array([length(norms, keep)], norms.dtype) + norms.dtype.type(EPS))
    factor = keep(norms.dtype.type(threshold) / total)
    if factor[0] >= 1:
        return Clipping(False, total[0])
    for pair in pairs:
        pair.gradient[...] *= factor
        keep(pair.gradient)
    return Clipping(True, total[0])
