"""width 256

Widens every layer to 256 units, and the inputs too where the scenario leaves them to the width.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("width", "more_units")
ORDER = 200
CURES = "Deep narrow nets, whose gradients scatter: by the sum of 1 / width over the layers."
CURES_KINDS = ("vanishing",)
SOURCE = "Hanin 2018, Which neural net architectures give rise to exploding and vanishing gradients?"

WIDE = 256


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The width becomes 256."""
    return {"network.width": WIDE}


def obstacle(scenario: Scenario) -> str:
    """Wide already."""
    width = scenario.network.width
    return f"the layers are {width} units wide already" if width >= WIDE else ""
