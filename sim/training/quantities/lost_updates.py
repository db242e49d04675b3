"""The share of the parameters' updates that rounding lost, as each was less than half a spacing."""

from ...numerics.arrays import Floats
from ...numerics.number_format import narrow
from ..run_snapshot import RunSnapshot

TITLE = "lost updates"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 95
READ = "Float32 master weights keep what a narrow format would round away."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.1"


def values(record: RunSnapshot) -> Floats:
    """One value an update, (updates,)."""
    return record.numbers["lost_updates"]


def has(record: RunSnapshot) -> bool:
    """Whether a format narrower than float32 lost any update; those that float32 loses are negligible."""
    return narrow(record.scenario.precision.format) and bool((record.numbers["lost_updates"] > 0).any())
