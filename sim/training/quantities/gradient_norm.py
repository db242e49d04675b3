"""The norm of the gradient of all parameters together, before clipping; where clipping acts, after it too."""

from ...numerics.arrays import Floats
from ..run_snapshot import Level, RunSnapshot

TITLE = "gradient norm"
LOG = True
ORDER = 20
ALSO = ("grad_norm", "norm")
READ = "A sudden peak is a cliff in the loss; clipping shortens the step that is taken there."
SOURCE = "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, section 2.3"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["gradient_norm"]


def after(record: RunSnapshot) -> Floats | None:
    """The norms after clipping, (updates,); None without clipping."""
    return record.numbers["clipped_norm"] if record.clips else None


def hint(record: RunSnapshot) -> str:
    """The threshold for clipping that the norms suggest, in words; "" if they suggest none."""
    return record.advice.text if record.advice is not None else ""


def level(record: RunSnapshot) -> Level | None:
    """The threshold of clipping by norm; None without."""
    threshold = record.scenario.training.clip.parameters.get("threshold")
    if not (record.scenario.clips_gradient_norm and isinstance(threshold, float | int)):
        return None
    return Level(float(threshold), "threshold")
