"""RMS norm

Puts the norm before every activation, in place of any other norm, with its default parameters.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("rms",)
ORDER = 110
CURES = "Signals that grow or fade: each sample is divided by the size of its units."
CURES_KINDS = ("vanishing", "exploding", "nonfinite")
SOURCE = "Zhang & Sennrich 2019, Root mean square layer normalization"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The norm becomes RMS norm."""
    return {"network.norm": "rms"}
