"""The learning rate of each update: warm-up and schedule."""

from ....sim.history import Floats
from ..record import Record

TITLE = "learning rate"
LOG = False
ORDER = 80


def values(record: Record) -> Floats:
    """By update."""
    return record.numbers["learning_rate"]
