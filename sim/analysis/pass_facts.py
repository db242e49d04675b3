"""What concerns look at: numbers of one pass that the profile of its layers does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..numerics.arrays import Array, Floats
from ..results.trace import Verdict
from ..scenario.scenario import Scenario


@dataclass(frozen=True)
class PassFacts:
    """Of one pass; sizes of single samples are (batch,), and () where there is time.

    `constant_loss` is that of the best constant output on the batch, nan of a probe; `target` and `output` are those
    of a regression, else None, the targets of all samples as the input's sizes are, if a file holds them. `entered` is
    the input's last step and `left` h_L's, both (batch, features).
    """

    scenario: Scenario
    verdict: Verdict
    profile: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    loss: float
    constant_loss: float
    input_rms: float
    input_square: float  # the mean of a sample's squared length, all steps together
    entered: Array
    left: Array
    target: Array | None
    output: Array | None
    weight_gradients: Floats  # rms in the first and the last layer that has weights, of the matrix that gets most
    first_gradients: Floats  # ||dL_i/dh_1||
    last_gradients: Floats  # ||dL_i/dh_L||

    @property
    def learns_nothing(self) -> bool:
        """Whether it is a probe's, which has no target."""
        return bool(np.isnan(self.constant_loss))

    @cached_property
    def varying(self) -> float:
        """The rms of what differs between samples in h_L."""
        return varying(self.left)

    @cached_property
    def varying_share(self) -> float:
        """The share of h_L that depends on the input, ||h_L - mean||^2 / ||h_L||^2; nan of one sample or of zeros."""
        wide = self.left.reshape(-1).astype(np.float64)
        whole = float(np.dot(wide, wide)) / max(wide.size, 1)
        return self.varying**2 / whole if len(self.left) > 1 and 0 < whole < np.inf else np.nan


def varying(values: Array) -> float:
    """The rms of what differs between samples (batch, features)."""
    wide = values.astype(np.float64)
    wide -= np.add.reduce(wide, axis=0) / len(wide)
    flat = wide.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat) / max(flat.size, 1)))
