"""What the passes ask of a layer, whatever is inside it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .kernel import Array

Statistics = dict[str, NDArray[np.float64] | float]


class Operation(NamedTuple):
    """One operation of a pass and the array that it made: (steps, batch, features), or a parameter's."""

    name: str
    array_name: str
    array: Array


class Layer(Protocol):
    """Maps hidden states (steps, batch, fan-in) to (steps, batch, width) and pulls a gradient back.

    `statistics` gains what only the layer knows, by profile name and step. `grad_hidden` is the total
    derivative dL/dh_out after a pull. `forward` may be called again; a pull belongs to the last forward.
    """

    matrices: Mapping[str, str]  # prefix of the statistics' names -> the parameter that they are of
    parameters: dict[str, Array]
    gradients: dict[str, Array]
    statistics: Statistics
    nonfinite: int  # numbers inside the layer that were not finite in the last phase
    entered: Array  # h_in of the last pass
    hidden: Array  # h_out
    grad_hidden: Array

    def forward(self, hidden: Array) -> Array:
        """Hidden states out, of the hidden states that come in; keeps what the pull needs."""

    def pull(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out; fills gradients."""

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the last pass in the order in which they were made; phase forward or backward."""

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects."""

    def closely(self) -> Mapping[str, Array]:
        """The arrays worth a histogram: preactivation, activation, slope, gradient."""

    def twin(self) -> "Layer":
        """The same layer with its parameters in float64."""

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
