"""bfloat16

Every stored number has float32's range and 8 bits of significand in place of float16's 11.
"""

from typing import Any

from ...numerics.number_format import narrow
from ..scenario import Scenario

ALSO = ("bf16",)
ORDER = 72
CURES = "Overflow and underflow in float16 or float8: float32's range, in 16 bits."
CURES_KINDS = ("overflow", "underflow", "eps")
SOURCE = "Kalamkar et al. 2019, A study of bfloat16 for deep learning training"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The format becomes bfloat16."""
    return {"precision.format": "bfloat16"}


def obstacle(scenario: Scenario) -> str:
    """From a wider format it cures nothing."""
    form = scenario.precision.format
    return f"{form} has that range already, with more digits" if not narrow(form) else ""
