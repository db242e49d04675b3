"""leaky ReLU

Replaces the activation, with its default parameters; init and norm stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("leaky", "lrelu")
ORDER = 80
CURES = "Dead ReLUs: a unit that is off still passes a hundredth of the gradient."
PARTNERS = ("he_init",)
CURES_KINDS = ("dead",)
SOURCE = "Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes leaky ReLU."""
    return {"network.activation": "leaky_relu"}


def cures(scenario: Scenario) -> str:
    """ReLUs can be dead; of others it is the slopes that count."""
    if scenario.network.activation.entry.metadata.get("RECTIFIES"):
        return CURES
    return "Slopes that multiply up: 1 where a unit is on, and a hundredth where it is off."
