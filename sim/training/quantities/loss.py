"""The loss of each update's batch, before the update. It should fall; NaN means that the run broke."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "loss"
LOG = True
ORDER = 10
READ = "A line shows the constant-prediction baseline, which no knowledge of the input is needed for."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 11.2"


def values(record: RunSnapshot) -> Floats:
    """By update."""
    return record.numbers["loss"]
