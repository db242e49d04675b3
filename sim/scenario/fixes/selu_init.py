"""SELU + LeCun

Sets two things, because neither holds without the other: the activation to SELU and the init to
lecun_normal.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("selu", "snn")
ORDER = 120
CURES = "Spreads that drift: SELU with these weights pulls mean to 0 and spread to 1 by itself."
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "dead")
SOURCE = "Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-normalizing neural networks"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The activation becomes SELU and the weights lecun_normal."""
    return {"network.activation": "selu", "network.init": "lecun_normal"}
