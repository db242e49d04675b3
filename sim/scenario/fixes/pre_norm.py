"""pre norm

Puts the norms inside the branches, before attention and MLP, and none on the skip.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("pre_ln", "norm_first")
ORDER = 44
NEEDS = "SUBLAYERS"
CURES = "Post-norm transformers whose tokens become alike: the skip carries them on unchanged."
CURES_KINDS = ("vanishing", "stalled")
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Norms go before the branches."""
    return {"network.norm_at": "pre"}


def obstacle(scenario: Scenario) -> str:
    """A norm that there is none of stands nowhere."""
    return "" if scenario.has_norm else "there is no norm"
