"""Activation, number by number: a = phi(u)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernel import Array
from ..met import Index
from ..statistics import count_slopes
from .base import Arrays, Op, Shape, Statistics, Terms, at

SATURATED = 0.05  # a slope below this share of the largest slope counts as saturated


@dataclass(frozen=True)
class Activate(Op):
    """A choice of the activations menu; a random one takes what it drew, which is saved, for its arguments."""

    name = "activation"
    backward_name = "slope"
    factor = "slope"
    elementwise = True
    counts_underflow = True
    operands = ("argument",)
    parameters = ()

    inputs: tuple[str]
    function: Any  # the module of the menu
    arguments: tuple[Any, ...]

    @property
    def random(self) -> bool:
        """Whether it draws anew for each pass."""
        return hasattr(self.function, "draw")

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """What a random one drew."""
        return {"draws": (batch, width)} if self.random else {}

    def draw(self, random: np.random.Generator, out: Array) -> None:
        """Write what it draws for a pass."""
        (drawn,) = self.function.draw(random, out.size, out.dtype, *self.arguments)
        out[...] = drawn.reshape(out.shape)

    def forward(self, parameters: Arrays, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """phi of vectors."""
        self.function.value(*inputs, *outputs, *(saved or self.arguments))

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The slopes."""
        return {"slope": (batch, width)}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """phi'(u)."""
        *draws, slope = (array.reshape(-1) for array in saved)
        self.function.slope(inputs[0].reshape(-1), outputs[0].reshape(-1), slope, *(draws or self.arguments))

    def backward(self, parameters: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/du = phi'(u) dL/da."""
        np.multiply(saved[-1], grads[0], out=into[0])

    def statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> Statistics:
        """The share of slopes below SATURATED of the largest, and products that underflowed."""
        slope, grad, product = (array.reshape(len(array), -1) for array in (saved[-1], grads[0], into[0]))
        least, found = SATURATED * self.function.largest_slope(*self.arguments), np.empty((len(slope), 2))
        count_slopes(slope, grad, product, least, found)
        size = slope.shape[1]
        return Statistics({"saturated_fraction": found[:, 0] / size}, found[:, 1])

    def backward_terms(self, parameters: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Slope and gradient."""
        return ("slope", at(saved[-1], index)), ("gradient", at(grads[0], index))
