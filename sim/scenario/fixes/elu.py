"""ELU

Replaces the activation, with its default parameters; init and norm stay.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 160
CURES = "Dead ReLUs and outputs that are never negative: a smooth tail down to -1."
CURES_KINDS = ("vanishing", "dead")
SOURCE = "Clevert, Unterthiner & Hochreiter 2016, Fast and accurate deep network learning by ELUs"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes ELU."""
    return {"network.activation": "elu"}


def cures(scenario: Scenario) -> str:
    """ReLUs can be dead; of others it is the slopes that count."""
    if scenario.network.activation.entry.metadata.get("RECTIFIES"):
        return CURES
    return "Slopes that multiply up: ELU's is 1 above 0, and its tail goes smoothly down to -1."
