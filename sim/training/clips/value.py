"""Clipping by value: every number of the gradient to at most the threshold, which bends its direction."""

from collections.abc import Sequence

import numpy as np

from ...numerics.number_format import Round
from ..parameter_vector import ClipOutcome, ParameterView

ALSO = ("clip_value", "clip_grad_value", "elementwise")
ACTIVE = True
READ = "It needs no sum over all parameters, but cutting single numbers turns the step aside."
SOURCE = "Mikolov 2012, Statistical language models based on neural networks; torch.nn.utils.clip_grad_value_"
PARAMETERS = {"threshold": (1.0, 0.0, 1e30)}


def clip(pairs: Sequence[ParameterView], round_: Round, threshold: float) -> ClipOutcome:
    """Clip in place; whether any number was larger. NaN stays NaN."""
    fired = False
    for pair in pairs:
        fired = fired or bool((np.abs(pair.gradient) > threshold).any())
        round_(np.clip(pair.gradient, -threshold, threshold, out=pair.gradient))
    return ClipOutcome(fired)
