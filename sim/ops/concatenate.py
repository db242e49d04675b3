"""Concatenation of features, and its reverse: one half of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op
from .operands import Index, Terms, at


@dataclass(frozen=True)
class Concatenate(Op):
    """Concatenation of two values along their features."""

    name = "outputs side by side"
    backward_name = "outputs side by side"
    propagates = True
    parameters = ()

    inputs: tuple[str, str]

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The sum of both widths."""
        return (sum(widths),)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Concatenate."""
        for *values, out in zip(*inputs, *outputs, strict=True):
            np.concatenate(values, axis=-1, out=out)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Split the gradient."""
        for grad, one, other in zip(*grads, *into, strict=True):
            one[...], other[...] = np.split(grad, [one.shape[-1]], axis=-1)
            yield

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The number itself."""
        row, column = index
        first = inputs[0].shape[1]
        return (("input", float(inputs[0][row, column] if column < first else inputs[1][row, column - first])),)


@dataclass(frozen=True)
class Half(Op):
    """One half of a concatenation: the first `width` features, or the last."""

    name = "half of the input"
    backward_name = "half of the input"
    selects = True
    parameters = ()

    inputs: tuple[str]
    width: int
    last: bool

    def widths(self, *_widths: int) -> tuple[int, ...]:
        """`width`."""
        return (self.width,)

    @property
    def part(self) -> slice:
        """The slice of features."""
        return slice(-self.width, None) if self.last else slice(0, self.width)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Copy the half."""
        for x, out in zip(*inputs, *outputs, strict=True):
            out[...] = x[..., self.part]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """The gradient of the half; the other features get 0."""
        for grad, out in zip(*grads, *into, strict=True):
            out[...] = 0
            out[..., self.part] = grad
            yield

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The number itself."""
        return (("input", float(inputs[0][:, self.part][index])),)

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The gradient, or 0 outside the half."""
        row, column = index
        first = self.part.indices(inputs[0].shape[1])[0]
        inside = first <= column < first + self.width
        return (("gradient", at(grads[0], (row, column - first)) if inside else 0.0),)
