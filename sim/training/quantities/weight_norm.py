"""The norm of each layer's weights, update by update: weight decay shrinks them, a diverging run blows them up."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "weight norm"
LOG = True
BY_LAYER = True
ORDER = 70
ALSO = ("weights",)
READ = "Before a norm their size does not change the output, only how far a step turns them."
SOURCE = "van Laarhoven 2017, L2 regularization versus batch and weight normalization"


def values(record: RunSnapshot) -> Floats:
    """One value a layer and update, (depth, updates)."""
    return record.layers["weight_norm"].T
