"""The loss of each update's batch, before the update, which should fall; NaN means that the run broke."""

import math

from ...numerics.arrays import Floats
from ..run_snapshot import Level, RunSnapshot

TITLE = "loss"
LOG = True
ORDER = 10
READ = "A line marks the constant-prediction baseline, the best that can be had without looking at the input."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 11.2"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["loss"]


def level(record: RunSnapshot) -> Level | None:
    """The loss of the best constant output, below which a network has learned; None if there is none."""
    constant = record.constant_loss
    return Level(constant, "best constant output") if constant is not None and math.isfinite(constant) else None
