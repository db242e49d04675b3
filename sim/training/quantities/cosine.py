"""The cosine between the gradient before and after clipping: 1 keeps the direction, less bends it."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "cosine"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 60
ALSO = ("angle", "cosine_similarity")
READ = "Clipping by norm keeps it at 1, clipping by value does not."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, algorithm 1"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["cosine"]


def has(record: RunSnapshot) -> bool:
    """Whether gradients are clipped."""
    return record.clips
