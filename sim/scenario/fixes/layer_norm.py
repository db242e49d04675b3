"""layer norm

Puts the norm before every activation, in place of any other norm, with its default parameters.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("layer", "ln")
ORDER = 40
CURES = "Signals that grow or fade: each sample is scaled over its units to mean 0, spread 1."
PARTNERS = ("xavier_init", "he_init", "residual")
CURES_KINDS = ("vanishing", "exploding", "nonfinite", "stalled")
SOURCE = "Ba, Kiros & Hinton 2016, Layer normalization"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The norm becomes layer norm."""
    return {"network.norm": "layer"}


def obstacle(scenario: Scenario) -> str:
    """A single unit less its own mean is always 0."""
    if scenario.network.width > 1:
        return ""
    return "one unit less its own mean is always 0; it needs a width of 2 or more"


def cures(scenario: Scenario) -> str:
    """Of two units, less their mean and over their spread, a sign is left."""
    if scenario.network.width != 2:
        return CURES
    return "Signals that grow or fade, at a price: of 2 units only which is larger is left."
