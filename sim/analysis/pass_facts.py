"""What concerns look at: numbers of one pass that the profile of its layers does not hold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .. import registry
from ..data.probe import is_probe
from ..numerics.arrays import Array, Floats
from ..results.trace import Verdict
from ..scenario.scenario import Scenario


@dataclass(frozen=True)
class BatchFacts:
    """Of a network and its batch, whatever passes it goes through.

    `constant_loss` is that of the best constant output, nan of a probe; `varying` the rms of what differs between
    samples in the input's last step. Sizes of inputs and targets are of all samples, if a file holds them; targets are
    None but of a regression.
    `matrices` stand before the names of the statistics of all weight matrices;
    `weighted` are the first and the last layer (from 0) that has weight matrices, with their names; () if none has.
    """

    scenario: Scenario
    constant_loss: float
    input_rms: float
    input_square: float  # the mean of a sample's squared length, all steps together
    target: Array | None
    varying: float
    matrices: frozenset[str]
    weighted: tuple[tuple[int, tuple[str, ...]], ...]

    @cached_property
    def learns_nothing(self) -> bool:
        """Whether it is a probe's, which has no target."""
        return is_probe(self.scenario)

    @property
    def adapts_in_format(self) -> bool:
        """Whether an adaptive optimizer, which has an eps, works in the number format: without master weights."""
        works_in_it = not (self.learns_nothing or self.scenario.precision.master_weights)
        return works_in_it and "eps" in self.scenario.training.optimizer.parameters

    @cached_property
    def concerns(self) -> tuple[tuple[str, Any], ...]:
        """Those of the menu that a pass may give reason for, by name and in their order."""
        modules = [(name, registry.load("concerns", name)) for name in registry.names("concerns")]
        apply = [(name, one) for name, one in modules if not hasattr(one, "applies") or one.applies(self)]
        return tuple(sorted(apply, key=lambda one: one[1].ORDER))


@dataclass(frozen=True)
class PassFacts:
    """Of one pass; sizes of single samples are (batch,), and () where there is time.

    `output` is that of a regression, else None; of h_L's last step `varying` is the rms of what differs between
    samples, and `rms` that of all.
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
        """What is simulated."""
        return self.batch.scenario

    @property
    def weight_gradients(self) -> tuple[float, ...]:
        """Rms in the first and the last layer that has weights, of the matrix that gets most; () if none has."""
        return tuple(float(np.max([self.weights[f"{one}gradient_rms"][index] for one in matrices]))
                     for index, matrices in self.batch.weighted)  # fmt: skip

    @property
    def varying_share(self) -> float:
        """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2; nan of one sample or of zeros."""
        several = self.scenario.data.batch > 1
        return (self.varying / self.rms) ** 2 if several and 0 < self.rms < math.inf else math.nan
