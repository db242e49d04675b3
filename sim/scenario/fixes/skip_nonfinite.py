"""skip non-finite

Checks the gradient after clipping, before each update; where it has an inf or NaN the weights stay as they are.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("skip_nan", "skip_inf", "skip_updates")
ORDER = 390
TRAINING = True
CURES = "One bad batch that ruins all weights: its update is left out."
CURES_KINDS = ("spike",)
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Updates whose gradient is not finite are skipped."""
    return {"training.skip_nonfinite": True}
