"""A norm over the batch has so few samples that mean and spread are rough."""

from ..outlook import PassFacts

ORDER = 75
COUNTED = False
SYMPTOM = "small_batch"
NEEDS = ("has_few_samples",)
LEAVES = {2: "only which is larger is left", 3: "of three numbers only one is left"}
READ = "Mean and spread are those of the batch, so what a sample becomes depends on the others in it."
SOURCE = "Wu & He 2018, Group normalization, figure 1"


def concern(facts: PassFacts) -> tuple[float, str]:
    """The number of samples."""
    batch = facts.scenario.data.batch
    return float(batch), f"the norm has only {batch} samples: {LEAVES.get(batch, 'mean and spread are rough')}"
