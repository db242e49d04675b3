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
