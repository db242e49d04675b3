"""LeCun init

Replaces the whole init, its std, bound and gain included; biases stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("lecun", "lecun_normal")
ORDER = 150
CURES = "Weights too large or too small: variance 1 / inputs keeps the size of a sum of inputs."
CURES_KINDS = ("vanishing", "exploding", "nonfinite")
WEIGHT_SIZE = True
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.6"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The weights become lecun_normal."""
    return {"network.init": "lecun_normal"}
