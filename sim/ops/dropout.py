"""Dropout in training mode: numbers become 0 with probability `rate`, and the others are divided by 1 - rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op, Shape
from .operands import Index, Terms, at


@dataclass(frozen=True)
class Dropout(Op):
    """Elementwise product with a random mask of 0 and 1/(1 - rate), which is saved."""

    name = "dropout"
    backward_name = "dropout"
    parameters = ()

    inputs: tuple[str]
    rate: float

    @property
    def random(self) -> bool:
        """True: each pass has a new mask."""
        return True

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The mask."""
        return {"mask": (batch, width)}

    def draw(self, random: np.random.Generator, out: Array) -> None:
        """Write a mask."""
        out[...] = (random.random(out.shape) >= self.rate) / (1 - self.rate)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Input times mask."""
        for h, mask, out in zip(*inputs, *saved, *outputs, strict=True):
            np.multiply(h, mask, out)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Gradient times mask."""
        for mask, grad, out in zip(saved[0], *grads, *into, strict=True):
            np.multiply(grad, mask, out)
            yield

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """The mask."""
        return {"mask": saved[0]}

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Input and mask."""
        return ("input", at(inputs[0], index)), ("mask", at(saved[0], index))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Gradient and mask."""
        return ("gradient", at(grads[0], index)), ("mask", at(saved[0], index))
