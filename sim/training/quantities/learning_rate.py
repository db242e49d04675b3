"""The learning rate of each update: warm-up and schedule."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "learning rate"
LOG = False
ORDER = 80
ALSO = ("lr",)


def values(record: RunSnapshot) -> Floats:
    """By update."""
    return record.numbers["learning_rate"]
