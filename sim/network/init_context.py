"""Where a weight matrix stands in a network: what an initialisation may depend on besides its shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class InitContext:
    """Number of layers, whether a skip goes around this one, its activation's He gain and parameters, its fan-in.

    `first` of what the network's input enters through.
    """

    depth: int
    residual: bool
    gain: float
    fan_in: int
    activation: Mapping[str, Any] = field(default_factory=dict)
    first: bool = False
