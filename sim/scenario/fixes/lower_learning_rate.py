"""learning rate/10

Divides the learning rate by ten; a second time, by ten again.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("lower_lr", "smaller_lr", "reduce_lr", "smaller_learning_rate", "smaller_steps", "lr")
ORDER = 310
TRAINING = True
AGAIN = True
CURES = "Steps that overshoot: the loss rises from update to update, up to inf and NaN."
CURES_KINDS = ("diverging", "blowup", "exploding")
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 5.1"


def changes(scenario: Scenario) -> dict[str, Any]:
    """A tenth of the learning rate."""
    return {"training.optimizer.learning_rate": float(f"{_rate(scenario) / 10:.15g}")}


def obstacle(scenario: Scenario) -> str:
    """Nothing to lower."""
    return "" if _rate(scenario) > 0 else "the learning rate is 0"


def _rate(scenario: Scenario) -> float:
    rate: float = scenario.training.optimizer.parameters["learning_rate"]  # type: ignore[assignment]
    return rate


def cures(scenario: Scenario) -> str:
    """With the rate that it gets."""
    return f"Steps that overshoot, so that the loss rises: they are made with a rate of {_rate(scenario) / 10:.3g}."
