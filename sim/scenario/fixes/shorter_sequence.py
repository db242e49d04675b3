"""fewer steps

Keeps 10 steps of the sequence, or as few as the task can have.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("shorter", "fewer_steps", "shorter_sequences")
ORDER = 34
NEEDS = "SEQUENCE"
CURES = "Anything that multiplies up through time: fewer steps, fewer factors."
CURES_KINDS = ("through_time", "vanishing", "exploding", "nonfinite")
SOURCE = "Bengio, Simard & Frasconi 1994; the product of the chain rule has one factor a step"

FEW = 10


def changes(scenario: Scenario) -> dict[str, Any]:
    """The sequence becomes 10 steps long."""
    return {"time.steps": _length(scenario)}


def obstacle(scenario: Scenario) -> str:
    """The data decide, or it is short already."""
    if scenario.data.file is not None:
        return "your file decides how long its sequences are"
    if not isinstance(scenario.task.entry.metadata.get("STEPS"), tuple):
        return f"the data decide the length of {scenario.task.name}, which is {scenario.steps}"
    if scenario.steps > _length(scenario):
        return ""
    return f"the sequence has only {scenario.steps} step{'s' * (scenario.steps > 1)}"


def _length(scenario: Scenario) -> int:
    has = scenario.task.entry.metadata.get("STEPS")
    return max(FEW, has[1]) if isinstance(has, tuple) else FEW
