"""LSTM

Replaces the kind of layer, and with it the activation by the LSTM's own; the inits stay, drawn gate by
gate.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 24
NEEDS = "STATE"
CURES = "Vanishing through time: a cell that adds has a path past the weights, if its gates open."
PARTNERS = ("forget_bias",)
CURES_KINDS = ("exploding",)
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The layers become LSTMs."""
    return {"network.kind": "lstm", "network.activation": "tanh"}
