"""batch of 256

Takes 256 samples, or all samples of the task where it has fewer; for a file set the batch yourself.
"""

from typing import Any

from ..scenario import Scenario

ALSO = ("larger_batch", "batch_size")
ORDER = 190
CURES = "Batch norm on small batches: mean and spread are measured on more samples."
CURES_KINDS = ("small_batch",)
SOURCE = "Wu & He 2018, Group normalization, figure 1: batch norm's error over batch size"

LARGE = 256


def changes(scenario: Scenario) -> dict[str, Any]:
    """The batch becomes 256, or the whole task."""
    return {"data.batch": _size(scenario)}


def obstacle(scenario: Scenario) -> str:
    """Large already, or unknown."""
    if scenario.data.file is not None:
        return "the number of samples in your file is not known here; set the batch yourself"
    has = scenario.data.batch
    return f"the batch has {has} samples already" if has >= _size(scenario) else ""


def _size(scenario: Scenario) -> int:
    samples = scenario.task.parameters.get("samples", scenario.task.entry.metadata.get("SAMPLES"))
    return min(LARGE, samples) if isinstance(samples, int) else LARGE


def cures(scenario: Scenario) -> str:
    """With the samples that it has and gets."""
    return f"Batch norm on {scenario.data.batch} samples: mean and spread are measured on {_size(scenario)}."
