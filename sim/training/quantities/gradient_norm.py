"""The norm of the gradient of all parameters together, before clipping; where clipping acts, after it too."""

from ...numerics.arrays import Floats
from ..run_snapshot import Level, Record

TITLE = "gradient norm"
LOG = True
ORDER = 20
ALSO = ("grad_norm", "norm")


def values(record: Record) -> Floats:
    """By update."""
    return record.numbers["gradient_norm"]


def after(record: Record) -> Floats | None:
    """After clipping, if there is any."""
    return record.numbers["clipped_norm"] if record.clips else None


def level(record: Record) -> Level | None:
    """The threshold of clipping by norm."""
    clip = record.scenario.training.clip
    threshold = clip.parameters.get("threshold")
    return Level(float(threshold), "threshold") if clip.name == "norm" and isinstance(threshold, float | int) else None
