"""clip by norm 1

Scales all gradients together down to a norm of at most 1.
"""

from typing import Any

from ..fix_menu import clipped_already
from ..scenario import Scenario

ALSO = ("clip", "clipping", "clip_grad_norm", "gradient_clipping", "grad_clip")
ORDER = 320
TRAINING = True
CURES = "Exploding gradients: a step that is too long is shortened and keeps its direction."
PARTNERS = ("lower_learning_rate",)
CURES_KINDS = ("exploding", "diverging", "blowup")
SOURCE = "Pascanu, Mikolov & Bengio 2013, algorithm 1; a threshold of 1 as in Brown et al. 2020 (GPT-3), appendix B"

THRESHOLD = 1.0


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Clipping by norm."""
    return {"training.clip": {"name": "norm", "threshold": THRESHOLD}}


def obstacle(scenario: Scenario) -> str:
    """Clipped as much already."""
    return clipped_already(scenario, "norm", THRESHOLD)
