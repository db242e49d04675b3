"""larger eps

Raises the optimizer's eps to the power of ten below the square root of the format's smallest number, so that it
stands in for the squares of gradients that are too small to be stored.
"""

import math
from typing import Any

from ...registry import entry
from ..scenario import Scenario

ORDER = 400
TRAINING = True
CURES = "Adam in a narrow format: eps rounds to 0, and small gradients are divided by 0."
CURES_KINDS = ("eps",)
SOURCE = "torch.optim.Adam's eps; Micikevicius et al. 2018, Mixed precision training, section 3.1"


def changes(scenario: Scenario) -> dict[str, Any]:
    """An eps that the format can hold."""
    return {"training.optimizer.eps": 10.0 ** math.floor(math.log10(math.sqrt(_smallest(scenario))))}


def obstacle(scenario: Scenario) -> str:
    """No eps, or one that is not lost."""
    optimizer, form = scenario.training.optimizer, scenario.precision.format
    eps = optimizer.parameters.get("eps")
    if not isinstance(eps, float | int):
        return f"{optimizer.name} has no eps"
    if scenario.precision.master_weights:
        return "the optimizer works on float32 master weights, where its eps is not lost"
    return f"its eps of {eps:g} is not 0 in {form}" if 2 * eps > _smallest(scenario) else ""


def _smallest(scenario: Scenario) -> float:
    """The smallest number above 0 of the format; what is at most half of it becomes 0."""
    metadata = entry("formats", scenario.precision.format).metadata
    return float(2.0 ** (metadata["SMALLEST_EXPONENT"] - metadata["SIGNIFICAND"] + 1))
