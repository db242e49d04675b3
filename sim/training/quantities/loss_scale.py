"""What the loss is multiplied by, so that gradients do not underflow; dynamic scaling moves it."""

from ...numerics.arrays import Floats
from ..run_snapshot import RunSnapshot

TITLE = "loss scale"
LOG = True
ORDER = 90
ALSO = ("scale",)
READ = "A power of two changes nothing but the exponent, so no digit is lost."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["loss_scale"]


def has(record: RunSnapshot) -> bool:
    """Whether the scale of any update is not 1."""
    return bool((record.numbers["loss_scale"] != 1).any())
