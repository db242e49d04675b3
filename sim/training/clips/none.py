"""No clipping."""

from collections.abc import Sequence

from ...numerics.number_format import Round
from ..parameter_vector import Clipping, Pair

ALSO = ("no", "off", "null")


def clip(pairs: Sequence[Pair], keep: Round) -> Clipping:
    """Leave all gradients as they are."""
    return Clipping(False)
