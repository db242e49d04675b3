"""Size of the update over size of all parameters, by layer: near 1e-3 a layer learns, far below it stands still."""

from ...numerics.arrays import Floats
from ..run_snapshot import Level, RunSnapshot

TITLE = "update / weight"
LOG = True
BY_LAYER = True
VIEW = "layer"  # it says most at one update
ORDER = 40
ALSO = ("update", "ratio", "least update", "most update")
READ = "Far above 1e-2 its weights jump about."
SOURCE = "You, Gitman & Ginsburg 2017, Large batch training of convolutional networks; Karpathy, CS231n"


def values(record: RunSnapshot) -> Floats:
    """One value a layer and update, (depth, updates)."""
    return record.update_ratio.T


def level(_record: RunSnapshot) -> Level | None:
    """The usual ratio of a healthy run."""
    return Level(1e-3, "healthy near")
