"""radius 1

Draws Gaussian recurrent weights and scales them to spectral radius 1, each gate's by itself.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("spectral", "spectral_radius", "spectral_norm", "rescale")
ORDER = 29
NEEDS = "STATE"
CURES = "Recurrent weights of the wrong size: their largest eigenvalue becomes 1."
CURES_KINDS = ("through_time", "vanishing", "exploding", "nonfinite")
SOURCE = "Jaeger 2001, The echo state approach; Pascanu, Mikolov & Bengio 2013"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The recurrent weights get spectral radius 1."""
    return {"network.recurrent_init": "spectral_radius"}
