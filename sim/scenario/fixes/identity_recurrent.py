"""IRNN

Sets two things, because they belong together: the recurrent weights to the identity and the activation to
ReLU.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("irnn", "identity_rnn")
ORDER = 28
CURES = "Vanishing through time: a unit that is on hands state and gradient on unchanged."
CURES_KINDS = ("through_time", "vanishing", "exploding", "stalled")
SOURCE = "Le, Jaitly & Hinton 2015, A simple way to initialize recurrent networks"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Identity and ReLU."""
    return {"network.recurrent_init": "identity", "network.activation": "relu"}


def obstacle(scenario: Scenario) -> str:
    """It is a plain recurrent network by definition, without gates."""
    if scenario.has_state and not scenario.gates:
        return ""
    return f"an IRNN is a plain rnn with ReLU, and this is of kind {scenario.network.kind}"
