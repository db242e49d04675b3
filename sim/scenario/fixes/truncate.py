"""truncate to 20

Cuts backpropagation through time after every 20 steps, counted from the first; the forward pass stays as it is.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("tbptt", "truncated_bptt", "truncation")
ORDER = 32
NEEDS = "STATE"
CURES = "Exploding through time, and its cost: no gradient goes back further than 20 steps."
CURES_KINDS = ("exploding", "nonfinite")
SOURCE = "Williams & Peng 1990, An efficient gradient-based algorithm for on-line training of recurrent networks"

FEW = 20


def changes(_scenario: Scenario) -> dict[str, Any]:
    """Truncation after every 20 steps."""
    return {"time.truncate": FEW}


def obstacle(scenario: Scenario) -> str:
    """Nothing to cut; how long a file's sequences are is not known here."""
    if 0 < scenario.time.truncate <= FEW:
        return f"truncated after every {scenario.time.truncate} steps already"
    if any(table.directions > 1 for table in scenario.tables):
        return "what reads from the end needs the whole sequence, and a cut leaves it windows"
    known = scenario.data.file is None or scenario.time.steps is not None
    if not known or scenario.steps > FEW:
        return ""
    return f"the sequence has only {scenario.steps} step{'s' * (scenario.steps > 1)}"
