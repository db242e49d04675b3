"""Size of the update over size of all parameters, by layer: near 1e-3 a layer learns, far below it stands still."""

from ...numerics.arrays import Floats
from ..run_snapshot import Level, RunSnapshot

TITLE = "update / weight"
LOG = True
BY_LAYER = True
VIEW = "layer"  # it says most at one update
ORDER = 40
ALSO = ("update", "ratio")


def values(record: RunSnapshot) -> Floats:
    """By (layer, update)."""
    return record.update_ratio.T


def level(_record: RunSnapshot) -> Level | None:
    """What is usual of a healthy run."""
    return Level(1e-3, "healthy near")
