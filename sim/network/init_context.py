"""Where a weight matrix stands in a network: what an initialisation may depend on besides its shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class InitContext:
    """Number of branches after each other, whether a skip goes around this one, its activation's He gain, its fan-in.

    Then the activation's parameters; `first` of what the network's input enters through. `stacked` is how many equal
    matrices are one parameter; `carries` whether the branch's output is linear in it. `taps` are the weights between
    two channels: the fan-out is as many times the rows.
    """

    depth: int
    residual: bool
    gain: float
    fan_in: int
    activation: Mapping[str, Any] = field(default_factory=dict)
    first: bool = False
    stacked: int = 1
    carries: bool = False
    taps: int = 1
