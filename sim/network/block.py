"""Protocol of a block, a run of layers that one executor computes, and what its passes return."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from ..numerics.arrays import Array
from ..results.record import Measurements

Progress = Callable[[], None]


def unwatched() -> None:
    """Reports progress to nobody."""


class Forward(NamedTuple):
    """What a block's forward pass returns."""

    output: Array  # h_out of the last layer, (steps, batch, width)
    measure: Callable[[], Measurements]  # computes the statistics of the pass


class Backward(NamedTuple):
    """What a block's backward pass returns."""

    grad_input: Array  # dL/dh_in of the first layer, (steps, batch, fan-in)
    measure: Callable[[], Measurements]  # computes the statistics of the pass, and the parameters' gradients
    grad_start: Array = np.zeros(1)  # gradient of the initial state
    complete: Callable[[], None] = unwatched  # computes the parameters' gradients alone


class Block(Protocol):
    """A run of layers, one after the other.

    A backward pass is that of the last forward pass. It may overwrite dL/dh_out with the total derivative.
    """

    @property
    def count(self) -> int:
        """The number of layers."""

    @property
    def copies_gradient(self) -> bool:
        """Whether a backward pass copies dL/dh_out before it allocates anything."""

    @property
    def overlaps(self) -> bool:
        """Whether `measure` may run in another thread while the next block computes its pass."""

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """The forward pass from h_in of the first layer, (steps, batch, fan-in).

        Random operations draw for each `iteration` of training anew; `on_progress` is called now and then if the pass
        takes long.
        """

    def drop_saved(self) -> None:
        """Free the saved arrays that the backward pass can recompute; called after `measure` of the forward pass."""

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """The backward pass from dL/dh_out of the last layer, (steps, batch, width); `keep_arrays`: all, for a dump."""

    def free(self) -> None:
        """Free the arrays of the last pass, but not the parameters."""

    @property
    def size(self) -> int:
        """How many numbers its learned parameters have."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """Make the learned parameters views of a vector (size,), layer by layer, and their gradients of another.

        Both vectors have the same order; each backward pass writes the gradients.
        """
