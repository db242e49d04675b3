"""orthogonal init

Replaces the whole init, its std, bound and gain included; biases stay.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("orthogonal", "ortho")
ORDER = 130
CURES = "Random stretching: an orthogonal matrix keeps every length, in every direction."
CURES_KINDS = ("vanishing", "exploding", "nonfinite")
SOURCE = "Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning, section 3"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The weights become orthogonal."""
    return {"network.init": "orthogonal"}
