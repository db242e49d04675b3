"""DeepNorm

Post norm; the skip is multiplied by alpha, and the initial weights of the branches by beta.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("deepnet",)
ORDER = 71
NEEDS = "SUBLAYERS"
CURES = "Very deep post-norm transformers: small branches keep gradients level and tokens apart."
CURES_KINDS = ("vanishing", "exploding", "branches", "stalled")
SOURCE = "Wang et al. 2022, DeepNet: scaling transformers to 1,000 layers"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Skip, place of the norm and init become DeepNet's."""
    return {"network.norm": "layer", "network.norm_at": "post", "network.skip": "deepnorm", "network.init": "deepnet"}
