"""What a simulation returns: frozen statistics by layer and time step, and a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scenario import Kind, Scenario

PROFILE = (
    "activation_mean", "activation_std", "activation_rms", "preactivation_std",
    "gradient_rms", "gradient_norm", "gradient_max", "slope_factor", "norm_factor", "weight_factor",
    "saturated_fraction", "zero_fraction", "nonfinite_count",
)  # fmt: skip
WEIGHTS = ("weight_norm", "gradient_norm", "gradient_rms", "spectral_norm")


@dataclass(frozen=True)
class Nonfinite:
    """Where a number first stopped being finite; layers and steps count from 1."""

    phase: str
    layer: int
    step: int
    operation: str
    array: str


@dataclass(frozen=True)
class Verdict:
    """The state of the gradient in one word, its ratio first over last layer, and one sentence of why."""

    kind: Kind
    ratio: float
    factor_per_layer: float
    why: str
    first_nonfinite: Nonfinite | None = None


@dataclass(frozen=True)
class Trace:
    """Statistics of one forward and backward pass.

    `profile` holds (depth, steps) arrays by PROFILE name, `weights` (depth,) arrays by WEIGHTS name;
    `input_gradient_norm` is ||dL/dh_0|| by step.
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
