"""float32

Every stored number has 24 bits of significand and reaches from 1e-45 to 3e38.
"""

from typing import Any

from ...numerics.number_format import format_facts, narrow
from ..scenario import Scenario

ALSO = ("fp32", "f32", "single")
ORDER = 74
CURES = "Overflow, underflow and rounding of narrower number formats, at twice their memory."
CURES_KINDS = ("overflow", "underflow", "eps", "lost_updates")
SOURCE = "IEEE 754-2019, binary32; Micikevicius et al. 2018, Mixed precision training"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The format becomes float32, of which master weights are no second kind."""
    return {"precision.format": "float32", "precision.master_weights": False}


def obstacle(scenario: Scenario) -> str:
    """Wide enough already."""
    form = scenario.precision.format
    as_wide = not narrow(form) and "FACTORS" not in format_facts(form)
    return f"the format is {form} already" if as_wide else ""
