"""What the passes ask of layers that take part together; a layer may be a block by itself."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .layer import Layer, WalkedLayer
from .rows import move
from .spectral import spectrum
from .statistics import COLUMNS, NONFINITE, RMS, moments

Floats = NDArray[np.float64]


class Block(Protocol):
    """Layers that follow each other. Tables of moments are (layers, steps, columns) of sim/statistics.py.

    A pull belongs to the last forward, and may write the total derivative into the gradient that it was given.
    """

    layers: Sequence[Layer]
    beside: bool  # whether what comes after a forward or a pull may be done while the next block is at it
    statistics: dict[str, Floats]  # by profile name (layers, steps): what only the layers know
    nonfinite: Floats  # (layers,): the numbers of the last phase that were not finite
    outputs: Floats  # moments of h_out
    totals: Floats  # of the total derivative dL/dh_out
    below: Floats  # of dL/dh_in as each layer hands it down

    def listen(self, tick: Callable[[], None]) -> None:
        """Call it now and then within a forward or a pull that takes long, until the arrays are released."""

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of the last layer, of h_in of the first."""

    def after_forward(self) -> None:
        """Statistics of the way forward."""

    def rest(self) -> None:
        """Let go of what the pull can make again; called once the forward pass has looked at it."""

    def pull(self, grad: Array) -> Array:
        """dL/dh_in of the first layer, of dL/dh_out of the last."""

    def after_pull(self) -> None:
        """The layers' gradients, and statistics of the way back."""

    def weigh(self, spectral: bool | None) -> dict[str, Floats]:
        """Norms (layers,) of weights and their gradients, by name, after a pull."""

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""

    @property
    def size(self) -> int:
        """How many numbers an update changes."""

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector (size,), layer by layer in the order of their names."""


class Single:
    """One layer as a block. What lies below writes into the gradient that it hands down, so nothing is done beside."""

    beside = False

    def __init__(self, layer: WalkedLayer):
        self.layers = (layer,)
        self.layer = layer
        self.statistics: dict[str, Floats] = {}

    def listen(self, tick: Callable[[], None]) -> None:
        """Hand it on."""
        self.layer.tick = tick

    def forward(self, hidden: Array) -> Array:
        """h_out (steps, batch, width) of h_in."""
        out = self.layer.forward(hidden)
        self.outputs = self.layer.outputs[None]
        self._take(float(self.outputs[..., NONFINITE].sum()))
        return out

    def after_forward(self) -> None:
        """It has all been done."""

    after_pull = after_forward

    def rest(self) -> None:
        """The layer itself keeps within a budget."""

    def pull(self, grad: Array) -> Array:
        """dL/dh_in of dL/dh_out."""
        below = self.layer.pull(grad)
        self.totals, self.below = self.layer.totals[None], self.layer.below[None]
        broken = sum(not np.isfinite(value).all() for value in self.layer.gradients.values())
        self._take(float(self.below[..., NONFINITE].sum()) + broken)
        return below

    def _take(self, bad: float) -> None:
        self.statistics = {name: np.asarray(values)[None] for name, values in self.layer.statistics.items()}
        self.nonfinite = np.array([self.layer.nonfinite + bad])

    def weigh(self, spectral: bool | None) -> dict[str, Floats]:
        """Norms (1,) of the layer's weight matrices and their gradients."""
        found: dict[str, Any] = {}
        for prefix, key in self.layer.matrices.items():
            out = np.empty((2, 1, COLUMNS))
            for array, table in zip((self.layer.parameters[key], self.layer.gradients[key]), out, strict=True):
                moments(array.reshape(1, -1), table)
            told = weight_norms(out[0], out[1], array.size) | {"underflow_fraction": self.layer.lost.get(key, 0.0)}
            told |= spectrum(self.layer, prefix, spectral)
            found |= {prefix + name: np.reshape(value, 1) for name, value in told.items()}
        return found

    def release(self) -> None:
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
