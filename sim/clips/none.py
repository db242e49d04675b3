"""No clipping."""

from collections.abc import Sequence

from ..flat import Clipping, Pair
from ..slots import Keep

ALSO = ("no", "off", "null")


def clip(pairs: Sequence[Pair], keep: Keep) -> Clipping:
    """Leave all gradients as they are."""
    return Clipping(False)
