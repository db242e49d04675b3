"""standardize data

Gives each feature of your file, and each target that is a number, mean 0 and spread 1 over all its samples.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("standardise", "normalize_data", "scale_data", "standard_scaler")
ORDER = 195
CURES = "Inputs or targets in the thousands: losses and steps then fit the usual learning rates."
PARTNERS = ("lower_learning_rate", "he_init")
CURES_KINDS = ("data", "diverging", "blowup")
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.3"


def changes(scenario: Scenario) -> dict[str, Any]:
    """Inputs, and targets where these are values."""
    regressed = scenario.loss.target == "value"
    return {"data.standardize": "both" if regressed else "inputs"}


def obstacle(scenario: Scenario) -> str:
    """The numbers of tasks are of a usual size."""
    return "" if scenario.data.file is not None else "only a file has numbers of any size, and this is a task"


def cures(scenario: Scenario) -> str:
    """What of the file it changes."""
    if changes(scenario)["data.standardize"] == "both":
        return CURES
    return "Inputs of thousands, or thousandths: the first layer's steps then fit its rate."
