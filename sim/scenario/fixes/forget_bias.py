"""forget bias 1

Sets the bias of the forget gate to 1; layers that have no forget gate become LSTMs, which have one.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("forget_gate", "forget_gate_bias")
ORDER = 26
NEEDS = "STATE"
CURES = "LSTMs that forget: at bias 0 half the cell is lost at each step, at 1 it keeps 0.73."
CURES_KINDS = ("vanishing", "stalled", "through_time")
SOURCE = "Gers, Schmidhuber & Cummins 2000, Learning to forget; Jozefowicz, Zaremba & Sutskever 2015"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """LSTMs whose forget gate has bias 1."""
    return {"network.kind": "lstm", "network.activation": "tanh", "network.forget_bias": 1.0}
