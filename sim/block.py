"""What the passes ask of layers that take part together; a layer may be a block by itself."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .layer import Layer, WalkedLayer
from .measurements import Measurements
from .rows import move
from .statistics import COLUMNS, NONFINITE, RMS, moments

Floats = NDArray[np.float64]


class Block(Protocol):
    """Layers that follow each other.

    A backward pass belongs to the last forward pass, and may write the total derivative into the gradient that it gets.
    """

    layers: Sequence[Layer]

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


class Single:
    """One layer as a block. What lies below writes into the gradient that it hands down, so nothing overlaps."""

    overlaps = False

    def __init__(self, layer: WalkedLayer):
        self.layers = (layer,)
        self.layer = layer

    def listen(self, on_progress: Callable[[], None]) -> None:
        """Hand it on."""
        self.layer.tick = on_progress

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in."""
        return self.layer.forward(hidden)

    def drop_saved(self) -> None:
        """The layer itself keeps within a budget."""

    collect_gradients = drop_saved

    def backward(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out."""
        return self.layer.backward(grad)

    def measure(self, phase: str) -> Measurements:
        """What the layer has measured within its pass."""
        layer = self.layer
        quantities = {name: np.asarray(values)[None] for name, values in layer.statistics.items()}
        if phase == "forward":
            output = layer.outputs[None]
            return Measurements(quantities, output, np.array([layer.nonfinite + output[..., NONFINITE].sum()]))
        output, below = layer.totals[None], layer.below[None]
        broken = sum(not np.isfinite(value).all() for value in layer.gradients.values())
        nonfinite = np.array([layer.nonfinite + below[..., NONFINITE].sum() + broken])
        return Measurements(quantities, output, nonfinite, below, self._weights())

    def _weights(self) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for prefix, key in self.layer.matrices.items():
            out = np.empty((2, 1, COLUMNS))
            for array, table in zip((self.layer.parameters[key], self.layer.gradients[key]), out, strict=True):
                moments(array.reshape(1, -1), table)
            norms = weight_norms(out[0], out[1], array.size) | {"underflow_fraction": self.layer.lost.get(key, 0.0)}
            found |= {prefix + name: np.reshape(value, 1) for name, value in norms.items()}
        return found

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.layer.release()
        self.listen(_nothing)

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return sum(self.layer.parameters[key].size for key in self.layer.learned)

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        move(self.layer.parameters, self.layer.learned, vector)


def _nothing() -> None:
    return


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Any]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = np.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }
