"""delta-orthogonal

Kernels become 0 but for their centre, which is a random rotation; it replaces the whole init, its gain included.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("delta", "delta_ortho", "orthogonal_delta")
ORDER = 131
NEEDS = "IMAGE"
CURES = "Convolutions that stretch at random: a kernel that is one rotation keeps lengths."
CURES_KINDS = ("vanishing", "exploding", "nonfinite")
SOURCE = "Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The kernels become delta-orthogonal."""
    return {"network.init": "delta_orthogonal"}
