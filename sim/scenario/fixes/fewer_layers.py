"""fewer layers: 4

Keeps 4 layers, which start with the same weights as before unless their init depends on the depth.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("shallower", "less_layers", "less_depth")
ORDER = 90
CURES = "Anything that multiplies up: fewer layers, fewer factors."
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "dead", "stalled")
SOURCE = "Glorot & Bengio 2010; the product of the chain rule has one factor a layer"

FEW = 4


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The depth becomes 4."""
    return {"network.depth": FEW}


def obstacle(scenario: Scenario) -> str:
    """Nothing to remove."""
    depth = scenario.network.depth
    return f"there {'are' if depth > 1 else 'is'} only {depth} layer{'s' * (depth > 1)}" if depth <= FEW else ""
