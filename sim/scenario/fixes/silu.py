"""SiLU

Replaces the activation, with its default parameters; init and norm stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("swish",)
ORDER = 180
CURES = "Dead ReLUs: smooth, with some slope left below zero."
CURES_KINDS = ("dead",)
SOURCE = "Elfwing, Uchibe & Doya 2018; Ramachandran, Zoph & Le 2017 (Swish)"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes SiLU."""
    return {"network.activation": "silu"}


def cures(scenario: Scenario) -> str:
    """ReLUs can be dead; of others it is the slopes that count."""
    if scenario.network.activation.entry.metadata.get("RECTIFIES"):
        return CURES
    return "Slopes that multiply up: SiLU's is near 1 above 0, and smooth below."
