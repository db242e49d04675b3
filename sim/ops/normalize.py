"""Norm with learned weight and bias: u = norm(z) weight + bias, as in PyTorch's training mode."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op, Parameter, Shape
from .operands import Index, Terms, largest_term


@dataclass(frozen=True)
class Normalize(Op):
    """A norm of the menu, over the features of each row or (batch norm) over rows; weight and, if it has one, bias."""

    name = "norm"
    backward_name = "norm"
    operands = ("preactivation",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    function: Any  # the module of the norm
    arguments: tuple[Any, ...]
    eps: tuple[float, ...]  # added to the variance; () of a norm without eps
    factor: str | None = "norm"
    by_step: bool = False  # whether gradients of its parameters are summed step by step, more exactly in float32

    @property
    def by_row(self) -> bool:
        """Whether rows are normalised independently."""
        shape: Shape = self.function.inverse_shape(2, 1, *self.arguments)
        return shape[0] == 2 and not self.by_step

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse standard deviations."""
        return {
            "normalised": (batch, width),
            "inverse": self.function.inverse_shape(batch, width, *self.arguments),
        }

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write u = norm(z) weight + bias, both (rows, features)."""
        for z, normalised, inverse, u, weight, *bias in zip(*inputs, *saved, *outputs, *params, strict=True):
            self.function.forward(z, normalised, inverse, *self.arguments, *self.eps)
            np.multiply(normalised, weight, u)
            if bias:
                u += bias[0]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dz from dL/du."""
        for normalised, inverse, grad, weight, out in zip(*saved, *grads, params[0], *into, strict=True):
            self.function.backward(normalised, inverse, grad * weight, out, *self.arguments)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/dweight and dL/dbias: sums over rows of dL/du times the normalised z, and of dL/du."""
        np.add.reduce(grads[0] * saved[0], axis=1, out=into[0])
        for bias in into[1:]:
            np.add.reduce(grads[0], axis=1, out=bias)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum over rows."""
        column: Array = grads[0][:, index[0]].astype(np.float64)
        return largest_term(column if number else column * saved[0][:, index[0]], "largest term")
