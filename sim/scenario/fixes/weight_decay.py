"""weight decay .01

Shrinks every parameter by the learning rate times 0.01 at each update, beside its gradient.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("decay", "l2", "regularization", "regularisation")
ORDER = 380
TRAINING = True
CURES = "Weights that keep growing: each update also takes a share of them away."
CURES_KINDS = ("diverging",)
SOURCE = "Krogh & Hertz 1991, A simple weight decay can improve generalization; 0.01 as in torch.optim.AdamW"

DECAY = 0.01


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Weight decay of 0.01."""
    return {"training.weight_decay": DECAY}


def obstacle(scenario: Scenario) -> str:
    """It decays as fast already."""
    has = scenario.training.weight_decay
    return f"the weight decay is {has:g} already" if has >= DECAY else ""
