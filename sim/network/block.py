"""Protocol of a block: consecutive layers with one forward and one backward pass, and what these return."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from ..numerics.arrays import Array
from ..results.record import Measurements

Progress = Callable[[], None]


def unwatched() -> None:
    """The progress callback that does nothing."""


class Forward(NamedTuple):
    """The result of a forward pass: h_out (steps, batch, width) of the last layer, and a function that measures it."""

    output: Array
    measure: Callable[[], Measurements]


class Backward(NamedTuple):
    """The result of a backward pass: dL/dh_in of the first layer, and a function that measures the pass.

    `measure` also computes the gradients of the parameters, if they are not there yet; `complete` does only that.
    `grad_start` is the gradient of the state before the first step, of a recurrent layer.
    """

    grad_input: Array
    measure: Callable[[], Measurements]
    grad_start: Array = np.zeros(1)
    complete: Callable[[], None] = unwatched


class Block(Protocol):
    """Consecutive layers that are executed together.

    A backward pass belongs to the last forward pass. It may write over the gradient that it gets.
    """

    @property
    def count(self) -> int:
        """The number of layers."""

    @property
    def copies_gradient(self) -> bool:
        """Whether a backward pass copies the gradient that it gets before it takes memory of the workspace."""

    @property
    def overlaps(self) -> bool:
        """Whether a pass may be measured while the next block computes."""

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """The forward pass from h_in (steps, batch, fan-in) of the first layer.

        Random operations draw anew for each `iteration` of training. A long pass calls `on_progress` now and then.
        """

    def drop_saved(self) -> None:
        """Free what the backward pass can recompute; called once the forward pass has been measured."""

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """The backward pass from dL/dh_out of the last layer; with `keep_arrays` all arrays are kept for a dump."""

    def free(self) -> None:
        """Free the arrays of the last pass."""

    @property
    def size(self) -> int:
        """The number of learned parameters."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """Move the learned parameters into a vector (size,), layer by layer in the order of their names.

        Each backward pass writes their gradients into the other.
        """
