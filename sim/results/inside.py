"""What is inside a layer: its operations one after the other, and its parameters, in the last pass."""

from dataclasses import dataclass

ENTERS = "enters"


@dataclass(frozen=True)
class Part:
    """One array of a layer at one step: its sublayer and operation, name and shape without the batch, rms, gradient's.

    `factor` is ||dL/d(what its operation reads first), along this path|| / ||dL/d(the last that it makes)||, nan of 0/0
    and of all others; of what ENTERS it is that of the whole layer.
    """

    sublayer: str
    operation: str
    name: str
    shape: tuple[int, ...]
    rms: float
    gradient_rms: float
    factor: float


@dataclass(frozen=True)
class OwnParameter:
    """A parameter, or one matrix of several in it: name, shape, norm, and its gradient's, over all steps."""

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient_norm: float


@dataclass(frozen=True)
class Inside:
    """One layer (from 1) at one step (from 1): its arrays in the order of the forward pass, and its parameters."""

    layer: int
    step: int
    parts: tuple[Part, ...]
    parameters: tuple[OwnParameter, ...]
