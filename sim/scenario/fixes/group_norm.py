"""group norm

Puts the norm before every activation, in place of any other norm, with its default parameters: at most 8 groups, each
of 8 units or more where the width allows.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("group", "gn")
ORDER = 100
CURES = "Batches too small for batch norm: groups of units of one sample are scaled instead."
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "small_batch")
SOURCE = "Wu & He 2018, Group normalization"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The norm becomes group norm."""
    return {"network.norm": "group"}


def obstacle(scenario: Scenario) -> str:
    """A unit less its own mean is always 0, so a group needs at least two."""
    if scenario.network.width > 8:
        return ""
    return "each group would be a single unit, and one unit less its own mean is always 0"


def cures(scenario: Scenario) -> str:
    """Of a group of two units, less their mean and over their spread, a sign is left."""
    width = scenario.network.width
    units = width // max(groups for groups in range(1, 9) if width % groups == 0)
    if units != 2:
        return CURES
    return "Batches too small for batch norm, at a price: each 2 units keep only which is larger."
