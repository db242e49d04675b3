"""The inside of a layer: its operations in order, and its parameters, in the last pass."""

from dataclasses import dataclass

ENTERS = "enters"


@dataclass(frozen=True)
class Part:
    """One array inside a layer at one step: sublayer, operation, name, shape without the batch, rms, gradient's rms.

    `factor` is ||dL/d(first input), along this path|| / ||dL/d(last output)|| of its operation, None of 0/0
    and of other outputs; of the layer's input (ENTERS) it is the whole layer's factor.
    """

    sublayer: str
    operation: str
    name: str
    shape: tuple[int, ...]
    rms: float
    gradient_rms: float
    factor: float | None


@dataclass(frozen=True)
class OwnParameter:
    """A parameter (or one of several matrices in it): name, shape, norm, and its gradient's over all steps, if any."""

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient_norm: float | None


@dataclass(frozen=True)
class Inside:
    """One layer (from 1) at one step (from 1): its arrays in the order of the forward pass, and its parameters."""

    layer: int
    step: int
    parts: tuple[Part, ...]
    parameters: tuple[OwnParameter, ...]
