"""orthogonal hh

Replaces the init of the recurrent weights by a random rotation, one for each gate.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("orthogonal_rnn",)
ORDER = 22
NEEDS = "STATE"
CURES = "Recurrent weights that shrink or stretch: a rotation keeps every length at every step."
PARTNERS = ("clip_norm",)
CURES_KINDS = ("through_time", "vanishing", "exploding", "nonfinite", "stalled")
SOURCE = "Saxe, McClelland & Ganguli 2014; Arjovsky, Shah & Bengio 2016, Unitary evolution recurrent neural networks"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The recurrent weights become orthogonal."""
    return {"network.recurrent_init": "orthogonal"}
