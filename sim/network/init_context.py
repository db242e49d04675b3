"""What an initialisation may depend on besides a matrix's shape: its position in the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class InitContext:
    """Position of a weight matrix in the network."""

    depth: int  # branches of the whole network, one after the other
    residual: bool  # whether its product ends a branch that a skip goes around
    gain: float  # He gain of the activation: 1 / rms of its outputs for standard Gaussian inputs
    fan_in: int  # of the layer, for a bias, too
    activation: Mapping[str, Any] = field(default_factory=dict)  # parameters of the activation
    first: bool = False  # whether it multiplies the network's input
    stacked: int = 1  # matrices of its shape that are one parameter, as query, key and value
    carries: bool = False  # whether the branch's output is linear in it
    taps: int = 1  # kernel positions: fan-out is rows x taps
