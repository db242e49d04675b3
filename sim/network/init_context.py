"""Where a weight matrix stands in a network: what an initialisation may depend on besides its shape."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InitContext:
    """Number of branches after each other, whether a skip goes around this one, its activation's He gain, its fan-in.

    `stacked` is how many equal matrices are one parameter; `carries` whether the branch's output is linear in it.
    """

    depth: int
    residual: bool
    gain: float
    fan_in: int
    stacked: int = 1
    carries: bool = False
