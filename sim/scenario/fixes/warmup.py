"""warm-up

Lets the learning rate rise in a line from near 0 over the first tenth of the updates.
"""

from typing import Any

from ..scenario import Scenario

ORDER = 370
TRAINING = True
CURES = "A first step that is too large, taken before the weights have settled."
CURES_KINDS = ("diverging", "blowup")
SOURCE = "Goyal et al. 2017, Accurate, large minibatch SGD; a tenth as in Mosbach, Andriushchenko & Klakow 2021"


def changes(scenario: Scenario) -> dict[str, Any]:
    """A warm-up over a tenth of the updates."""
    return {"training.warmup": _tenth(scenario)}


def obstacle(scenario: Scenario) -> str:
    """As long already, or no room for one."""
    has, tenth = scenario.training.warmup, _tenth(scenario)
    if tenth < 2:
        return f"a tenth of {scenario.training.iterations} updates is too short for a rise; it needs 20 updates or more"
    return f"the warm-up is {has} updates long already" if has >= tenth else ""


def _tenth(scenario: Scenario) -> int:
    return scenario.training.iterations // 10
