"""momentum 0.9

Adds momentum; optimizer and learning rate stay, so a lasting direction is followed ten times as fast.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 360
TRAINING = True
CURES = "Slow descent: steps in one direction add up, steps back and forth cancel."
CURES_KINDS = ("stalled",)
SOURCE = "Sutskever, Martens, Dahl & Hinton 2013, On the importance of initialization and momentum"

MOMENTUM = 0.9


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Momentum of 0.9."""
    return {"training.optimizer.momentum": MOMENTUM}


def obstacle(scenario: Scenario) -> str:
    """It has as much, or another kind of it."""
    optimizer = scenario.training.optimizer
    has = optimizer.parameters.get("momentum")
    if not isinstance(has, float | int):
        return f"{optimizer.name} has a momentum of its own, the first of its betas"
    return f"the momentum is {has:g} already" if has >= MOMENTUM else ""
