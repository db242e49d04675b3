"""The share of each update's batch that the network puts into the right class."""

import numpy as np

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "accuracy"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 50
ALSO = ("acc",)
READ = "Guessing is right once in as many times as there are classes."
SOURCE = "Alpaydin & Kaynak 1998, UCI Machine Learning Repository (the digits)"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["accuracy"]


def has(record: RunSnapshot) -> bool:
    """Whether the run has classes to get right."""
    return not bool(np.isnan(record.numbers["accuracy"]).all())
