"""clip by value 1

Cuts every number of the gradient off at 1 and -1.
"""

from typing import Any

from ..fix_menu import clipped_already
from ..scenario import Scenario

ALSO = ("clip_grad_value", "value_clip")
ORDER = 330
TRAINING = True
CURES = "Exploding gradients: no number over 1 is left, but the direction bends."
CURES_KINDS = ("exploding", "diverging")
SOURCE = "Mikolov 2012, Statistical language models based on neural networks"

THRESHOLD = 1.0


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Clipping by value."""
    return {"training.clip": {"name": "value", "threshold": THRESHOLD}}


def obstacle(scenario: Scenario) -> str:
    """Clipped as much already."""
    return clipped_already(scenario, "value", THRESHOLD)
