"""GRU

Replaces the kind of layer, and with it the activation by the GRU's own; the inits stay, drawn gate by gate.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 27
NEEDS = "STATE"
CURES = "Vanishing through time: a gate hands the old state on, past the weights."
CURES_KINDS = ("exploding",)
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The layers become GRUs, which have no forget gate."""
    return {"network.kind": "gru", "network.activation": "tanh", "network.forget_bias": None}
