"""init 0.02

Replaces the whole init by a standard deviation of 0.02, divided by the root of the number of branches where there are
skips; without skips or norms this is far too small for most widths.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("smaller_weights", "small_weights")
ORDER = 210
CURES = "Branches too strong for a deep residual net: small weights, smaller still with depth."
CURES_KINDS = ("branches",)
SOURCE = "Radford et al. 2019 (GPT-2), section 2.3"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The weights become GPT-2's."""
    return {"network.init": "gpt2"}
