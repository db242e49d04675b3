"""How large the gradient is at each layer's output, update by update; X is the first inf or NaN of the run."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "gradient rms"
LOG = True
BY_LAYER = True
ORDER = 30
ALSO = ("gradient", "grad_rms")
READ = "Rows are layers and columns are updates, so a dark band is a layer that does not learn."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"


def values(record: RunSnapshot) -> Floats:
    """One value a layer and update, (depth, updates)."""
    return record.layers["gradient_rms"].T
