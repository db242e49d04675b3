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
