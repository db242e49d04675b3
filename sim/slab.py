"""A slab: fully connected layers of one shape that follow each other, with their arrays layer after layer in memory.

z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import weight_norms
from .format import Format
from .kernel import Array
from .mlp import Mlp
from .products import shared
from .rows import Shapes, numbers, parts
from .slab_chain import collect_gradients, retreat, run
from .slab_measures import measure_backward, measure_forward, weight_moments
from .spectral import spectrum
from .tally import Tally

BESIDE = 2**19  # multiply-adds of a product from which what follows is worth a second thread
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """What all layers of a network share, loaded once."""

    activation: Any
    activation_parameters: tuple[Any, ...]
    norm: Any
    norm_parameters: tuple[Any, ...]
    learnable_scale: bool
    seed: int
    format: Format


class Slab:
    """Layers of one shape, numbered from `first` on; parameters (layers, *shape) by name.

    `kept` are the arrays of their last pass by name, (layers, batch, features).
    """

    grad_start = np.zeros(1)  # there is no state

    def __init__(self, choices: Choices, first: int, count: int, shapes: Shapes, again: bool = False):
        self.choices, self.first, self.shapes = choices, first, shapes
        self.again = again  # whether the way back makes the states again, instead of keeping them
        self.joins = "scale" in shapes
        self.learned = {key: shape for key, shape in shapes.items() if key != "scale" or choices.learnable_scale}
        self.rows = np.empty((count, numbers(self.learned)), choices.format.dtype)
        self.parameters = {key: np.empty((count, *shape), self.rows.dtype) for key, shape in shapes.items()}
        self.parameters |= parts(self.rows, self.learned)
        self.layers = tuple(Mlp(self, index) for index in range(count))
        self.release()

    def release(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.kept: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.leaks: list[Array] = []  # what a random activation drew, (layers, batch x width) each
        self.entered = np.empty((0, 0))
        self.gradient_rows = self.entered  # gradients (layers, numbers), as the parameters lie in rows
        self.lost = np.zeros(len(self.layers))  # numbers of each weight gradient that became 0 by rounding
        self.statistics: dict[str, Floats] = {}
        self.nonfinite = self.outputs = self.totals = self.below = self.weight_gradients = np.empty(0)

    @property
    def beside(self) -> bool:
        """Unless its products keep all threads busy by themselves, or are so small that threads wait for each other."""
        size = len(self.entered), *self.shapes["weight"]
        return math.prod(size) >= BESIDE and not shared(*size)

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return self.rows.size

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        rows = vector.reshape(self.rows.shape)
        rows[...] = self.rows
        self.rows = rows
        self.parameters |= parts(rows, self.learned)

    def given(self, which: int | slice) -> tuple[Any, ...]:
        """What the activation takes besides arrays: of one layer, or of all."""
        return tuple(leaks[which].reshape(-1) for leaks in self.leaks) or self.choices.activation_parameters

    def listen(self, tick: Callable[[], None]) -> None:
        """Never: each slab takes but a moment."""

    def forward(self, hidden: Array) -> Array:
        """h_out (1, batch, width) of the last layer, of h_in of the first."""
        self.release()
        self.entered = hidden[0]
        run(self)
        return self.kept["output"][-1:]

    def after_forward(self) -> None:
        """Statistics of the way forward."""
        measure_forward(self)

    def rest(self) -> None:
        """Let go of the states if the way back is to make them again."""
        if self.again:
            entered = self.entered.copy()  # it lies among the states of the slab below, which go too
            self.release()
            self.entered = entered

    def pull(self, grad: Array) -> Array:
        """dL/dh_in (1, batch, fan-in) of the first layer, of dL/dh_out of the last."""
        if not self.kept:
            run(self)
        self.tally = Tally(self.choices.format, len(self.layers))
        retreat(self, grad[0])
        return self.kept["grad_input"][:1]

    def after_pull(self) -> None:
        """The gradients, and statistics of the way back."""
        collect_gradients(self)
        measure_backward(self)

    def weigh(self, spectral: bool | None) -> dict[str, Floats]:
        """Norms (layers,) of weights and their gradients."""
        weights = self.parameters["weight"]
        found = weight_norms(weight_moments(self, self.rows), self.weight_gradients, weights[0].size)
        found["underflow_fraction"] = self.lost / weights[0].size
        told = [spectrum(layer, "", spectral) for layer in self.layers] if spectral else [{}]
        return found | {name: np.array([one[name] for one in told]) for name in told[0]}
