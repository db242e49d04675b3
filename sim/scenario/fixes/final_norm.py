"""final norm

Puts a norm after the last block, before the readout.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("last_norm", "ln_f")
ORDER = 48
NEEDS = "SUBLAYERS"
CURES = "Pre-norm transformers, whose output grows with depth: what the loss sees has size 1."
CURES_KINDS = ("diverging", "stalled")
SOURCE = "Xiong et al. 2020, On layer normalization in the transformer architecture; Radford et al. 2019, section 2.3"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The norm after the last block is there."""
    return {"network.final_norm": True}


def obstacle(scenario: Scenario) -> str:
    """It is the norm that the blocks have."""
    return "" if scenario.has_norm else "there is no norm"
