"""The learning rate of each update: warm-up and schedule."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "learning rate"
LOG = False
ORDER = 80
ALSO = ("lr",)
READ = "Above 2 over the largest curvature of the loss plain gradient descent diverges."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, equation 38; Goyal et al. 2017 (warm-up)"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["learning_rate"]
