"""Protocol of a block: layers that take part in the passes together, and what its passes return."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from ..numerics.arrays import Array
from ..results.record import Measurements

Progress = Callable[[], None]


def unwatched() -> None:
    """No progress is followed."""


class Forward(NamedTuple):
    """What a forward pass returns: h_out (steps, batch, width) of the last layer, and how to measure the pass."""

    output: Array
    measure: Callable[[], Measurements]


class Backward(NamedTuple):
    """What a backward pass returns: dL/dh_in of the first layer, how to measure, and dL/d(state before all steps).

    `measure` also completes the gradients of the parameters; `complete` does nothing but that.
    """

    grad_input: Array
    measure: Callable[[], Measurements]
    grad_start: Array = np.zeros(1)
    complete: Callable[[], None] = unwatched


class Block(Protocol):
    """Layers that follow each other.

    A backward pass belongs to the last forward pass, and may write the total derivative into the gradient that it gets.
    """

    @property
    def count(self) -> int:
        """How many layers."""

    @property
    def copies_gradient(self) -> bool:
        """Whether a backward pass copies the gradient that it gets before it takes any memory."""

    @property
    def overlaps(self) -> bool:
        """Whether a pass may be measured while the next block is at it."""

    def forward(self, inputs: Array, iteration: int = 0, on_progress: Progress = unwatched) -> Forward:
        """A pass from h_in of the first layer; `iteration` of training, for which a random activation draws anew.

        `on_progress` is called now and then if it takes long.
        """

    def drop_saved(self) -> None:
        """Free what the backward pass can recompute; called once the forward pass has been measured."""

    def backward(self, grad: Array, on_progress: Progress = unwatched, keep_arrays: bool = False) -> Backward:
        """The backward pass from dL/dh_out of the last layer; `keep_arrays` keeps all arrays for a dump."""

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""

    @property
    def size(self) -> int:
        """How many numbers an update changes."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let those numbers live in a vector (size,), layer by layer in the order of their names.

        Each backward pass leaves their gradients in the other.
        """
