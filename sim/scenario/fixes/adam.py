"""Adam

Replaces the optimizer by Adam at its own learning rate, 0.001; the schedule stays.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 350
TRAINING = True
CURES = "Gradients of very different sizes: every parameter moves about equally far."
PARTNERS = ("larger_eps",)
CURES_KINDS = ("stalled", "vanishing")
SOURCE = "Kingma & Ba 2015, Adam: A method for stochastic optimization"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The optimizer becomes Adam."""
    return {"training.optimizer": {"name": "adam", "learning_rate": 0.001}}


def obstacle(scenario: Scenario) -> str:
    """Adam already, or another optimizer with averages of the gradient and of its square."""
    optimizer = scenario.training.optimizer
    return f"the optimizer is {optimizer.name} already" if "betas" in optimizer.parameters else ""
