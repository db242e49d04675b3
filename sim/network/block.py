"""Protocol of a block: layers that take part in the passes together."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..numerics.arrays import Array
from ..results.measurements import Measurements
from .layer import Layer


class Block(Protocol):
    """Layers that follow each other.

    A backward pass belongs to the last forward pass, and may write the total derivative into the gradient that it gets.
    """

    @property
    def layers(self) -> Sequence[Layer]:
        """From below upwards."""

    @property
    def overlaps(self) -> bool:
        """Whether gradients and statistics of a pass may be taken while the next block is at it."""

    def listen(self, on_progress: Callable[[], None]) -> None:
        """Call it now and then within a forward or backward pass that takes long, until the arrays are freed."""

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of the last layer, of h_in of the first."""

    def drop_saved(self) -> None:
        """Let go of what the backward pass can compute again; called once the forward pass has looked at it."""

    def backward(self, grad: Array) -> Array:
        """dL/dh_in of the first layer, of dL/dh_out of the last."""

    def collect_gradients(self) -> None:
        """The gradients of the layers' parameters, after a backward pass."""

    def measure(self, phase: str) -> Measurements:
        """Statistics of the forward or backward pass."""

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""

    @property
    def size(self) -> int:
        """How many numbers an update changes."""

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector (size,), layer by layer in the order of their names."""
