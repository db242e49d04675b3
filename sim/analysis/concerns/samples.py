"""A norm over the batch has so few samples that little is left of each."""

from ..pass_facts import BatchFacts, PassFacts

ORDER = 75
COUNTED = False
SYMPTOM = "small_batch"
LEAVES = {2: "only which is larger is left", 3: "of three numbers only one is left"}
READ = "Mean and spread are those of the batch, so what a sample becomes depends on the others in it."
SOURCE = "Wu & He 2018, Group normalization, figure 1"


def applies(batch: BatchFacts) -> bool:
    """With such a norm and so few samples."""
    return batch.scenario.few_samples


def concern(facts: PassFacts) -> tuple[float, str]:
    """The batch."""
    batch = facts.scenario.data.batch
    return float(batch), f"the norm has only {batch} samples: {LEAVES.get(batch, 'mean and spread are rough')}"
