"""What a simulation returns: frozen statistics by layer and time step, and a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..scenario.scenario import Scenario
from ..scenario.schema import Kind
from .nonfinite import Nonfinite

Axis = Literal["layers", "time"]


@dataclass(frozen=True)
class Verdict:
    """The state of the gradient in one word, its ratio first over last layer, and one sentence of why.

    Of recurrent kinds the ratio is over the axis that decided, and `layer` (from 1) is the worst one over time;
    `memory_horizon` is how many steps back less than 1% of the gradient is left there, None if nowhere; of an lstm
    `cell_memory_horizon` is the same of the cell, dL/dc.
    """

    kind: Kind
    ratio: float
    factor_per_layer: float
    why: str
    first_nonfinite: Nonfinite | None = None
    memory_horizon: int | None = None
    axis: Axis = "layers"
    layer: int = 1
    cell_memory_horizon: int | None = None


@dataclass(frozen=True)
class Trace:
    """Statistics of one forward and backward pass.

    `profile` holds (depth, steps) arrays and `weights` (depth,) arrays by the names of the folder quantities, the
    latter with the matrix before it; `input_gradient_norm` is ||dL/dh_0|| by step. Of recurrent kinds the slope, norm
    and weight factors are those of the way from h_t to h_(t-1), and input_weight_factor leads to the layer below.
    """

    scenario: Scenario
    verdict: Verdict
    loss: float
    profile: Mapping[str, NDArray[np.float64]]
    weights: Mapping[str, NDArray[np.float64]]
    input_gradient_norm: NDArray[np.float64]

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.profile["gradient_rms"])

    @property
    def steps(self) -> int:
        """The number of time steps."""
        return int(self.profile["gradient_rms"].shape[1])
