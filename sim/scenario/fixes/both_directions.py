"""both directions

Every layer also reads the sequence from its end, with weights of its own, and the outputs stand side by side; a loss
at the last step becomes one of the last state of each direction.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("bidirectional", "read_both_ways", "birnn", "bilstm")
ORDER = 206
NEEDS = "STATE"
CURES = "A beginning that is forgotten: no step is further than half the sequence from an end."
IN_CHAIN = 'it is more than a layer\'s own: give the entry direction = "both", and ends for a last_step after it'
CURES_KINDS = ("through_time", "vanishing")
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"


def changes(scenario: Scenario) -> dict[str, Any]:
    """Both directions, and a loss that sees the last state of each."""
    return {"network.direction": "both"} | ({"loss.at": "ends"} if scenario.loss.at_last_step else {})


def obstacle(scenario: Scenario) -> str:
    """They are there, or what reads from the end would have to begin within a window."""
    if scenario.network.directions > 1:
        return "the layers read both ways already"
    if scenario.time.truncate:
        return "truncation cuts the sequence into windows, and reading from the end needs all of it"
    return "one step is the same read either way" if scenario.steps == 1 and scenario.data.file is None else ""
