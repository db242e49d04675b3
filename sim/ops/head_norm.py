"""Norm of queries and keys, each head by itself, as they go into attention (QK norm)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op, Parameter, Shape
from .operands import Index, Terms, largest_term


@dataclass(frozen=True)
class HeadNorm(Op):
    """QK norm (Henry et al. 2020) of queries and keys in (rows, 3 width); the values pass unchanged.

    A choice of the norms menu that takes each row by itself, here the features of one head; weight and, if it has one,
    bias, first of the queries, then of the keys, are the same for all heads.
    """

    name = backward_name = "norm of queries and keys"
    operands = ("preactivation",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    function: Any  # the module of the menu
    arguments: tuple[Any, ...]
    eps: tuple[float, ...]
    heads: int

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse deviations of queries, and of keys."""
        side = width // 3
        _, columns = self.function.inverse_shape(batch * self.heads, side // self.heads, *self.arguments)
        shapes = {"normalised": (batch, side), "inverse": (batch, self.heads * columns)}
        return {f"{name}_{key}": shape for name in ("query", "key") for key, shape in shapes.items()}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write u of z, both (rows, 3 width)."""
        for z, u, own_params, own_saved in zip(
            *inputs, *outputs, zip(*params, strict=True), zip(*saved, strict=True), strict=True
        ):
            for side, (weight, *bias) in enumerate(self._sides(own_params)):
                normalised, inverse = own_saved[2 * side : 2 * side + 2]
                x = np.ascontiguousarray(self._side(z, side)).reshape(-1, len(weight))
                self.function.forward(x, normalised.reshape(x.shape), inverse.reshape(len(x), -1),
                                      *self.arguments, *self.eps)  # fmt: skip
                made = self._side(u, side)
                np.multiply(normalised.reshape(made.shape), weight, made)
                if bias:
                    made += bias[0]
            self._side(u, 2)[...] = self._side(z, 2)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """dL/dz of dL/du."""
        for grad, out, own_params, own_saved in zip(
            *grads, *into, zip(*params, strict=True), zip(*saved, strict=True), strict=True
        ):
            for side, (weight, *_) in enumerate(self._sides(own_params)):
                normalised, inverse = own_saved[2 * side : 2 * side + 2]
                came = (self._side(grad, side) * weight).reshape(-1, len(weight))
                handed = np.empty_like(came)
                self.function.backward(normalised.reshape(came.shape), inverse.reshape(len(came), -1), came, handed,
                                       *self.arguments)  # fmt: skip
                self._side(out, side)[...] = handed.reshape(len(grad), self.heads, -1)
            self._side(out, 2)[...] = self._side(grad, 2)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dweight and dL/dbias: sums of dL/du times the normalised z, and of dL/du, over rows and heads."""
        for side, (weight, *bias) in enumerate(self._sides(into)):
            grad = self._side(grads[0], side)
            np.add.reduce(grad * saved[2 * side].reshape(grad.shape), axis=(1, 2), out=weight)
            for one in bias:
                np.add.reduce(grad, axis=(1, 2), out=one)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest term of the sum."""
        side, of_bias = divmod(number, len(self.parameters) // 2)
        grad = self._side(grads[0], side).astype(np.float64)
        terms = grad if of_bias else grad * saved[2 * side].reshape(grad.shape)
        return largest_term(terms[..., index[0]].reshape(-1), "largest term")

    def terms(self, output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The preactivation, and its weight."""
        row, feature = index
        side, column = divmod(feature, inputs[0].shape[1] // 3)
        own_params = self._sides(parameters)[side] if side < 2 else ()
        weight_term = (
            (one.short, float(values[column % len(values)]))
            for one, values in zip(self.parameters, own_params, strict=False)
        )
        return ("preactivation", float(inputs[0][row, feature])), *weight_term

    def _sides(self, arrays: Arrays) -> tuple[Arrays, Arrays]:
        """What belongs to the queries' norm, and to the keys'."""
        half = len(arrays) // 2
        return arrays[:half], arrays[half:]

    def _side(self, rows: Array, side: int) -> Array:
        """Queries, keys or values of rows (..., rows, 3 width) as (..., rows, heads, features)."""
        parts = rows.reshape(*rows.shape[:-1], 3, self.heads, rows.shape[-1] // (3 * self.heads))
        return parts[..., side, :, :]
