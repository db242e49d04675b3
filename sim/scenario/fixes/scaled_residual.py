"""scaled residual

Every layer whose input and output widths agree adds its input to its output:
h + f(h) / sqrt(depth).
"""

from typing import Any

from ..fix_menu import unequal_widths
from ..scenario import Scenario

ALSO = ("scaled_skip", "scaled")
ORDER = 70
CURES = "Residual nets that explode: each branch is scaled down by 1 / sqrt(depth)."
PARTNERS = ("he_init",)
CURES_KINDS = ("branches", "vanishing", "exploding", "dead")
SOURCE = "Hanin & Rolnick 2018, How to start training; De & Smith 2020"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The skip becomes scaled."""
    return {"network.skip": "scaled"}


def obstacle(scenario: Scenario) -> str:
    """A skip joins equal widths."""
    return unequal_widths(scenario)


def cures(scenario: Scenario) -> str:
    """Without a skip it brings one."""
    return CURES if scenario.has_skip else "Many layers: a path round each, whose branch is scaled by 1 / sqrt(depth)."
