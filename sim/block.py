"""What the passes ask of layers that take part together; a layer may be a block by itself."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .layer import Layer
from .measurements import Measurements
from .statistics import RMS

Floats = NDArray[np.float64]


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


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Any]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = np.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }
