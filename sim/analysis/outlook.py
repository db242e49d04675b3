"""Concerns of a pass: the facts that they read, and the outlook of training that follows from them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .. import registry
from ..numerics.arrays import Array, Floats
from ..results.trace import Concern, Verdict
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Outlook


@dataclass(frozen=True)
class BatchFacts:
    """Facts of a network and its batch, the same in every pass.

    `constant_loss` is the loss of the best constant output, nan of a probe; `varying` the rms deviation from the mean
    over samples in the input's last step; `target` that of a regression, else None. Of a file, sizes of inputs and
    targets are over all of its samples. `matrices` are the prefixes of the weight matrices' statistics; `weighted` the
    first and the last layer (from 0) with weight matrices, each with its prefixes, () if none has any.
    """

    scenario: Scenario
    constant_loss: float
    input_rms: float
    input_square: float  # mean over samples of ||x||^2, all steps together
    target: Array | None
    varying: float
    matrices: frozenset[str]
    weighted: tuple[tuple[int, tuple[str, ...]], ...]

    @cached_property
    def learns(self) -> bool:
        """Whether there is a target to learn."""
        return not self.scenario.loss.is_probe

    @property
    def adapts_in_format(self) -> bool:
        """Whether an adaptive optimizer, which has an eps, works in the number format: without master weights."""
        works_in_it = self.learns and not self.scenario.precision.master_weights
        return works_in_it and "eps" in self.scenario.training.optimizer.parameters

    @property
    def clips_as_one(self) -> bool:
        """Whether all gradients are clipped as one vector."""
        return bool(self.scenario.training.clip.entry.metadata.get("OF_ALL"))

    @property
    def has_norm(self) -> bool:
        """Whether some layers have a norm."""
        return self.scenario.has_norm

    @property
    def has_few_samples(self) -> bool:
        """Whether the batch is too small for a norm that compares samples."""
        return self.scenario.few_samples

    @cached_property
    def concerns(self) -> tuple[tuple[str, Any], ...]:
        """Concerns of the menu all of whose NEEDS hold, by name, in their ORDER."""
        modules = [(name, registry.load("concerns", name)) for name in registry.names("concerns")]
        apply = [(name, one) for name, one in modules if all(getattr(self, need) for need in getattr(one, "NEEDS", ()))]
        return tuple(sorted(apply, key=lambda one: one[1].ORDER))


@dataclass(frozen=True)
class PassFacts:
    """Facts of one pass, with its verdict and statistics.

    `output` is that of a regression, else None. Of h_L at the last step, `varying` is the rms deviation from the mean
    over samples, and `rms` the rms of all. Gradient norms of single samples are (batch,), empty for sequences.
    """

    verdict: Verdict
    profile: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    loss: float
    batch: BatchFacts
    varying: float
    rms: float
    output: Array | None
    first_gradients: Floats  # ||dL_i/dh_1||
    last_gradients: Floats  # ||dL_i/dh_L||

    @property
    def scenario(self) -> Scenario:
        """The simulated scenario."""
        return self.batch.scenario

    @property
    def weight_gradients(self) -> tuple[float, ...]:
        """The rms gradient of the weights in the first and the last layer with weights, the largest matrix of each."""
        return tuple(float(np.max([self.weights[f"{one}gradient_rms"][index] for one in matrices]))
                     for index, matrices in self.batch.weighted)  # fmt: skip

    @property
    def varying_share(self) -> float:
        """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2; nan for one sample, 0 or inf."""
        several = self.scenario.data.batch > 1
        return (self.varying / self.rms) ** 2 if several and 0 < self.rms < math.inf else math.nan


def concerns(facts: PassFacts) -> tuple[Concern, ...]:
    """The concerns that a pass raises, in the order of the menu."""
    raised = []
    for name, module in facts.batch.concerns:
        if (reason := module.concern(facts)) is not None:
            facts_of = registry.entry("concerns", name).metadata
            symptom, in_verdict = facts_of.get("SYMPTOM", ""), facts_of.get("IN_VERDICT", False)
            raised.append(Concern(name, float(reason[0]), reason[1], module.COUNTED, symptom, in_verdict))
    return tuple(raised)


def with_outlook(facts: PassFacts) -> Verdict:
    """The verdict with its concerns and outlook: doubtful if any concern is counted; None for a probe."""
    raised = concerns(facts)
    outlook: Outlook = "doubtful" if any(concern.counted for concern in raised) else "trains"
    return replace(facts.verdict, concerns=raised, outlook=outlook if facts.batch.learns else None)
