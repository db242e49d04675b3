"""LSTM

Replaces the kind of layer, and with it the activation by the LSTM's own; the inits stay, drawn gate by
gate.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 24
CURES = "Vanishing through time: a cell that adds has a path past the weights, if its gates open."
CURES_KINDS = ("exploding",)
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The layers become LSTMs."""
    return {"network.kind": "lstm", "network.activation": "tanh"}


def obstacle(scenario: Scenario) -> str:
    """There is no time to go through."""
    return "" if scenario.recurrent else "an mlp has no steps and no recurrent weights; it needs a recurrent kind"
