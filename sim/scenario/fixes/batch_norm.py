"""batch norm

Puts the norm before every activation, in place of any other norm, with its default parameters.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("batch", "bn")
ORDER = 50
CURES = "Inputs that drift into saturation: each unit is scaled over the batch to mean 0, spread 1."
PARTNERS = ("he_init",)
CURES_KINDS = ("vanishing", "exploding", "dead", "stalled")
SOURCE = "Ioffe & Szegedy 2015, Batch normalization"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The norm becomes batch norm."""
    return {"network.norm": "batch"}


def cures(scenario: Scenario) -> str:
    """Of two samples, less their mean and over their spread, a sign is left."""
    if scenario.data.batch != 2:
        return CURES
    return "Saturation, at a price: of 2 samples a unit keeps only which is larger."
