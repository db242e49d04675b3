"""residual

Every layer whose input and output widths agree adds its input to its output: h + f(h).
"""

from typing import Any

from ..fix_menu import unequal_widths
from ..scenario import Scenario

ALSO = ("skip", "skip_connection", "resnet", "identity_skip", "shortcut")
ORDER = 30
CURES = "Vanishing through many layers: the gradient also goes round each layer, unchanged."
CURES_KINDS = ("vanishing", "dead", "stalled")
SOURCE = "He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The skip becomes the identity."""
    return {"network.skip": "identity"}


def obstacle(scenario: Scenario) -> str:
    """A skip joins equal widths."""
    return unequal_widths(scenario)
