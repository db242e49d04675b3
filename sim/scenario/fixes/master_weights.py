"""master weights

Keeps a float32 copy of the parameters, to which the updates go, and the optimizer's memory in float32; each pass
works with the copy rounded to the format.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 410
TRAINING = True
CURES = "Updates that a narrow format rounds away: a float32 copy of the weights adds them up."
CURES_KINDS = ("lost_updates", "eps")
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.1"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Float32 master weights."""
    return {"precision.master_weights": True}
