"""What a simulation returns: frozen statistics by layer and time step, and a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .overflow import overflow_text
from .quantities import ALWAYS
from .scenario import Scenario
from .sections import Kind

PROFILE = ALWAYS
Axis = Literal["layers", "time"]
WEIGHTS = ("weight_norm", "gradient_norm", "gradient_rms", "spectral_norm", "underflow_fraction")


@dataclass(frozen=True)
class Nonfinite:
    """Where a number first stopped being finite; layers and steps count from 1.

    `index` (from 0) is its place in the array without the step axis, batch first. `terms` are the stored operands
    that met there, of a sum of many its largest term, and `exact` is what float64 makes of them all.
    """

    phase: str
    layer: int
    step: int
    operation: str
    array: str
    index: tuple[int, ...] = ()
    value: float = math.nan
    terms: tuple[tuple[str, float], ...] = ()
    exact: float = math.nan
    format: str = "float32"
    iteration: int | None = None  # from 0, in training

    @property
    def text(self) -> str:
        """A plain sentence: "layer 17's matrix product overflowed float16: 66,246 > 65,504"."""
        return overflow_text(self)


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

    `profile` holds (depth, steps) arrays by PROFILE name, `weights` (depth,) arrays by WEIGHTS name;
    `input_gradient_norm` is ||dL/dh_0|| by step. Recurrent kinds add names of their own; their slope, norm and
    weight factors are those of the way from h_t to h_(t-1), and input_weight_factor leads to the layer below.
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


@dataclass(frozen=True)
class Histogram:
    """Counts of the finite values of an array between edges (one more than counts)."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


@dataclass(frozen=True)
class Inspection:
    """One layer seen closely: histograms of preactivation, activation, slope and gradient."""

    layer: int
    histograms: Mapping[str, Histogram]
