"""adaptive clip

Scales the gradient of each unit down to at most a hundredth of the norm of its weights.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("agc",)
ORDER = 340
TRAINING = True
CURES = "Exploding gradients: no unit moves by more than a share of its weights at once."
CURES_KINDS = ("exploding", "diverging")
SOURCE = "Brock, De, Smith & Simonyan 2021, High-performance large-scale image recognition, section 4"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Adaptive clipping at 0.01."""
    return {"training.clip": "agc"}


def obstacle(scenario: Scenario) -> str:
    """Clipped so already."""
    return "clipped adaptively already" if scenario.training.clip.name == "agc" else ""
