"""No clipping."""

from collections.abc import Sequence

from ..flat import Pair
from ..slots import Keep


def clip(pairs: Sequence[Pair], keep: Keep) -> bool:
    """Leave all gradients as they are."""
    return False
