"""GELU

Replaces the activation, with its default parameters; init and norm stay.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 170
CURES = "Dead ReLUs: smooth, with some slope left a little below zero."
CURES_KINDS = ("dead",)
SOURCE = "Hendrycks & Gimpel 2016, Gaussian error linear units"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes GELU."""
    return {"network.activation": "gelu"}


def cures(scenario: Scenario) -> str:
    """ReLUs can be dead; of others it is the slopes that count."""
    if scenario.network.activation.entry.metadata.get("RECTIFIES"):
        return CURES
    return "Slopes that multiply up: GELU's is near 1 above 0, and smooth below."
