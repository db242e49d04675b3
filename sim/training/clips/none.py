"""No clipping."""

from collections.abc import Sequence

from ...numerics.number_format import Round
from ..parameter_vector import ClipOutcome, ParameterView

ALSO = ("no", "off", "null")
ACTIVE = False


def clip(pairs: Sequence[ParameterView], round_: Round) -> ClipOutcome:
    """Leave all gradients as they are."""
    return ClipOutcome(False)
