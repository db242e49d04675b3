"""ReZero

Every layer whose input and output widths agree adds its input to its output, h + scale f(h), with a learnable scale
that starts at 0.
"""

from typing import Any

from ..fix_menu import unequal_widths
from ..scenario import Scenario

ORDER = 140
CURES = "Residual nets that explode: each branch starts at scale 0 and learns its share."
PARTNERS = ("lecun_init",)
CURES_KINDS = ("branches", "vanishing", "exploding", "nonfinite", "dead")
SOURCE = "Bachlechner et al. 2020, ReZero is all you need; De & Smith 2020 (SkipInit)"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The skip becomes ReZero."""
    return {"network.skip": "rezero"}


def obstacle(scenario: Scenario) -> str:
    """A skip joins equal widths."""
    return unequal_widths(scenario)


def cures(scenario: Scenario) -> str:
    """Without a skip it brings one."""
    return CURES if scenario.has_skip else "Many layers: a path round each, whose branch starts at scale 0 and learns."
