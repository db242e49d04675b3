"""Xavier init

Replaces the whole init, its std, bound and gain included; biases stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("xavier", "glorot", "xavier_normal", "glorot_normal")
ORDER = 60
CURES = "Weights of the wrong size: variance 2 / (inputs + outputs), made for slopes near 1."
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "stalled")
WEIGHT_SIZE = True
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The weights become xavier_normal."""
    return {"network.init": "xavier_normal"}
