"""The arrays inside a layer in the order of its operations, and its parameters, with rms and gradients."""

from dataclasses import dataclass

ENTERS = "enters"


@dataclass(frozen=True)
class Part:
    """One array inside a layer at one step: sublayer, operation, name, shape without the batch, rms, gradient's rms.

    `factor` is ||dL/d(first input) along this path|| / ||dL/d(last output)|| of its operation, None of 0/0 and of
    other outputs. Of the layer's input, whose operation is ENTERS, it is the whole layer's factor.
    """

    sublayer: str
    operation: str
    name: str
    shape: tuple[int, ...]
    rms: float
    gradient_rms: float
    factor: float | None


@dataclass(frozen=True)
class ParameterNorms:
    """A parameter, or one matrix of several in it: name, shape, norm, and norm of its gradient, None if not learned."""

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
    parameters: tuple[ParameterNorms, ...]
