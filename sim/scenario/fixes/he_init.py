"""He init

Replaces the whole init, its std, bound and gain included, with the activation's own gain (sqrt 2 for ReLU); biases
stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("he", "kaiming", "he_normal", "kaiming_normal")
ORDER = 20
CURES = "ReLU nets that fade: twice the variance makes up for the half that ReLU cuts off."
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "dead", "stalled")
WEIGHT_SIZE = True
SOURCE = "He, Zhang, Ren & Sun 2015, Delving deep into rectifiers"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The weights become he_normal."""
    return {"network.init": "he_normal"}


def cures(scenario: Scenario) -> str:
    """What the gain is there for, by the activation."""
    activation = scenario.network.activation
    if activation.entry.metadata.get("RECTIFIES"):
        return CURES
    return f"Weights of the wrong size: variance gain^2 / inputs, with {activation.name}'s own gain."
