"""Norm with learnable weight and bias: u = norm(z) weight + bias, as PyTorch in training mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernel import Array
from ..met import Index
from .base import Arrays, Op, Parameter, Shape, Terms, largest_term


@dataclass(frozen=True)
class Normalize(Op):
    """A choice of the norms menu, over the features of each row, or over rows; weight and, but for rms, bias."""

    name = "norm"
    backward_name = "norm"
    factor = "norm"
    operands = ("preactivation",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    function: Any  # the module of the menu
    arguments: tuple[Any, ...]

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse standard deviations."""
        return {
            "normalised": (batch, width),
            "inverse": self.function.inverse_shape(batch, width, *self.arguments),
        }

    def forward(self, parameters: Arrays, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """u of z, both (rows, features)."""
        (z,), (u,), (normalised, inverse) = inputs, outputs, saved
        self.function.forward(z, normalised, inverse, *self.arguments)
        np.multiply(normalised, parameters[0], out=u)
        for bias in parameters[1:]:
            u += bias

    def backward(self, parameters: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dz of dL/du."""
        self.function.pull(*saved, grads[0] * parameters[0], into[0], *self.arguments)

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Sums over rows of dL/du times the normalised numbers, and of dL/du."""
        np.add.reduce(grads[0] * saved[0], axis=1, out=into[0])
        for bias in into[1:]:
            np.add.reduce(grads[0], axis=1, out=bias)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest term of the sum."""
        column: Array = grads[0][:, index[0]].astype(np.float64)
        return largest_term(column if number else column * saved[0][:, index[0]], "largest term")
