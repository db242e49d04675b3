"""Where a weight matrix stands in a network: what an initialisation may depend on besides its shape."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InitContext:
    """Number of layers, whether a skip goes around this one, the He gain of its activation, its fan-in."""

    depth: int
    residual: bool
    gain: float
    fan_in: int
