"""ReLU

Replaces the activation, with its default parameters; init and norm stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("rectifier",)
ORDER = 10
CURES = "Slopes below 1 that multiply up: a ReLU's slope is 1 where it is on, 0 where it is off."
PARTNERS = ("he_init", "batch_norm", "residual")
CURES_KINDS = ("vanishing", "stalled")
SOURCE = "Glorot, Bordes & Bengio 2011, Deep sparse rectifier neural networks"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes ReLU."""
    return {"network.activation": "relu"}
