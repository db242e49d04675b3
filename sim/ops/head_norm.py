"""QK norm: a norm of the queries and keys of each head before attention."""

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
    """QK norm (Henry et al. 2020) of (rows, 3 width), queries, keys and values concatenated; values stay unchanged.

    A norm of the menu over the features of each head. Its parameters, weight and bias (if the norm has one) of the
    queries, then those of the keys, are shared by all heads.
    """

    name = backward_name = "norm of queries and keys"
    operands = ("preactivation",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    function: Any  # the module of the norm
    arguments: tuple[Any, ...]
    eps: tuple[float, ...]
    heads: int

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Normalised numbers and inverse standard deviations, of queries and of keys."""
        side = width // 3
        _, columns = self.function.inverse_shape(batch * self.heads, side // self.heads, *self.arguments)
        shapes = {"normalised": (batch, side), "inverse": (batch, self.heads * columns)}
        return {f"{name}_{key}": shape for name in ("query", "key") for key, shape in shapes.items()}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write u = norm(z) weight + bias, both (rows, 3 width)."""
        for z, u, own_params, own_saved in zip(
            *inputs, *outputs, zip(*params, strict=True), zip(*saved, strict=True), strict=True
        ):
            for side, (weight, *bias) in enumerate(self._sides(own_params)):
                normalised, inverse = own_saved[2 * side : 2 * side + 2]
                x = np.ascontiguousarray(self._side(z, side)).reshape(-1, len(weight))
                self.function.forward(x, normalised.reshape(x.shape), inverse.reshape(len(x), -1),
                                      *self.arguments, *self.eps)  # fmt: skip
                out = self._side(u, side)
                np.multiply(normalised.reshape(out.shape), weight, out)
                if bias:
                    out += bias[0]
            self._side(u, 2)[...] = self._side(z, 2)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dz from dL/du."""
        for grad, out, own_params, own_saved in zip(
            *grads, *into, zip(*params, strict=True), zip(*saved, strict=True), strict=True
        ):
            for side, (weight, *_) in enumerate(self._sides(own_params)):
                normalised, inverse = own_saved[2 * side : 2 * side + 2]
                of_norm = (self._side(grad, side) * weight).reshape(-1, len(weight))
                of_input = np.empty_like(of_norm)
                self.function.backward(normalised.reshape(of_norm.shape), inverse.reshape(len(of_norm), -1), of_norm,
                                       of_input, *self.arguments)  # fmt: skip
                self._side(out, side)[...] = of_input.reshape(len(grad), self.heads, -1)
            self._side(out, 2)[...] = self._side(grad, 2)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/dweight and dL/dbias: sums over rows and heads of dL/du times the normalised z, and of dL/du."""
        for side, (weight, *bias) in enumerate(self._sides(into)):
            grad = self._side(grads[0], side)
            np.add.reduce(grad * saved[2 * side].reshape(grad.shape), axis=(1, 2), out=weight)
            for one in bias:
                np.add.reduce(grad, axis=(1, 2), out=one)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum over rows and heads."""
        side, of_bias = divmod(number, len(self.parameters) // 2)
        grad = self._side(grads[0], side).astype(np.float64)
        terms = grad if of_bias else grad * saved[2 * side].reshape(grad.shape)
        return largest_term(terms[..., index[0]].reshape(-1), "largest term")

    def terms(self, output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The preactivation, and its weight and bias."""
        row, feature = index
        side, column = divmod(feature, inputs[0].shape[1] // 3)
        own_params = self._sides(parameters)[side] if side < 2 else ()
        weight_term = (
            (one.short, float(values[column % len(values)]))
            for one, values in zip(self.parameters, own_params, strict=False)
        )
        return ("preactivation", float(inputs[0][row, feature])), *weight_term

    def _sides(self, arrays: Arrays) -> tuple[Arrays, Arrays]:
        """Arrays of the queries' norm, and of the keys'."""
        half = len(arrays) // 2
        return arrays[:half], arrays[half:]

    def _side(self, rows: Array, side: int) -> Array:
        """A view (..., rows, heads, features) of queries (0), keys (1) or values (2) in (..., rows, 3 width)."""
        parts = rows.reshape(*rows.shape[:-1], 3, self.heads, rows.shape[-1] // (3 * self.heads))
        return parts[..., side, :, :]
