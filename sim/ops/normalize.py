"""Norm with learnable weight and bias: u = norm(z) weight + bias, as PyTorch in training mode."""

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
    """A norm of the menu over the features of each row, or (batch norm) over rows; weight and, but for rms, bias."""

    name = "norm"
    backward_name = "norm"
    operands = ("preactivation",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    function: Any  # the module of the menu
    arguments: tuple[Any, ...]
    eps: tuple[float, ...]  # what is added to the variance; () of a norm that has none
    factor: str | None = "norm"
    by_step: bool = False  # its parameters' gradients are summed up step by step, which in float32 is more exact

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
        """Write u of z, both (rows, features)."""
        for z, normalised, inverse, u, weight, *bias in zip(*inputs, *saved, *outputs, *params, strict=True):
            self.function.forward(z, normalised, inverse, *self.arguments, *self.eps)
            np.multiply(normalised, weight, u)
            if bias:
                u += bias[0]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """dL/dz of dL/du."""
        for normalised, inverse, grad, weight, out in zip(*saved, *grads, params[0], *into, strict=True):
            self.function.backward(normalised, inverse, grad * weight, out, *self.arguments)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dweight and dL/dbias: sums of dL/du times the normalised z, and of dL/du, over rows."""
        np.add.reduce(grads[0] * saved[0], axis=1, out=into[0])
        for bias in into[1:]:
            np.add.reduce(grads[0], axis=1, out=bias)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest term of the sum."""
        column: Array = grads[0][:, index[0]].astype(np.float64)
        return largest_term(column if number else column * saved[0][:, index[0]], "largest term")
