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

    `constant_loss` is that of the best constant output, nan of a probe; `entered` the input's last step (batch,
    features). Inputs and targets are those of all samples, if a file holds them; targets are None but of a regression.
    `weighted` are the first and the last layer (from 0) that has weight matrices, with their names; () if none has.
    """

    scenario: Scenario
    constant_loss: float
    input_rms: float
    input_square: float  # the mean of a sample's squared length, all steps together
    target: Array | None
    entered: Array
    weighted: tuple[tuple[int, tuple[str, ...]], ...]

    @cached_property
    def learns_nothing(self) -> bool:
        """Whether it is a probe's, which has no target."""
        return is_probe(self.scenario)

    @cached_property
    def varying(self) -> float:
        """The rms of what differs between samples in the input's last step."""
        return varying_and_all(self.entered)[0]

    @cached_property
    def concerns(self) -> tuple[tuple[str, Any], ...]:
        """Those of the menu that a pass may give reason for, by name and in their order."""
        found = [(name, registry.load("concerns", name)) for name in registry.names("concerns")]
        apply = [(name, one) for name, one in found if not hasattr(one, "applies") or one.applies(self)]
        return tuple(sorted(apply, key=lambda one: one[1].ORDER))


@dataclass(frozen=True)
class PassFacts:
    """Of one pass; sizes of single samples are (batch,), and () where there is time.

    `output` is that of a regression, else None; `left` is h_L's last step (batch, features).
    """

    verdict: Verdict
    profile: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    loss: float
    batch: BatchFacts
    left: Array
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

    @cached_property
    def _varying_and_all(self) -> tuple[float, float]:
        return varying_and_all(self.left)

    @property
    def varying(self) -> float:
        """The rms of what differs between samples in h_L."""
        return self._varying_and_all[0]

    @property
    def varying_share(self) -> float:
        """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2; nan of one sample or of zeros."""
        part, whole = self._varying_and_all
        return (part / whole) ** 2 if len(self.left) > 1 and 0 < whole < math.inf else math.nan


def varying_and_all(values: Array) -> tuple[float, float]:
    """The rms of what differs between samples (batch, features), and of all."""
    wide = values.astype(np.float64, order="C")
    flat, size = wide.reshape(-1), max(wide.size, 1)
    whole = np.dot(flat, flat)
    wide -= np.add.reduce(wide, axis=0) / len(wide)
    return math.sqrt(np.dot(flat, flat) / size), math.sqrt(whole / size)
