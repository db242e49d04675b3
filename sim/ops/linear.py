"""Matrix product: z = h W^T + b, as torch.nn.Linear."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.blas import matmul, multiplier
from ..numerics.moments import add_row
from ..numerics.number_format import Round
from .base import Arrays, Lane, Lanes, Op, Parameter
from .operands import Index, Terms, largest_product, largest_term


@dataclass(frozen=True)
class Linear(Op):
    """Matrix product with weight (fan-out, fan-in) plus bias (fan-out,)."""

    name = "matrix product"
    backward_name = "matrix product"
    propagates = True
    product = True
    needs = (0,)

    inputs: tuple[str]
    parameters: tuple[Parameter, Parameter]
    factor: str | None = "weight"
    round_factor: Round | None = None  # rounds a factor of a product to a copy, in a format that rounds factors only

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Fan-out."""
        return self.parameters[0].shape[:1]

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write z of h, both (rows, features)."""
        (weights, biases), (x,), (out,) = params, inputs, outputs
        multiply = _multiplier(weights, x[0], out[0])
        transposed = _transposed(weights) if self.round_factor is None else (w.T for w in self._factors(weights))
        for h, weight, bias, z in zip(self._factors(x), transposed, biases, out, strict=True):
            multiply(h, weight, z)
            add_row(z, bias)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dh = dL/dz W."""
        (weights, _), (grads_z,), (grads_h,) = params, grads, into
        multiply = _multiplier(weights, grads_z[0], grads_h[0])
        for weight, grad, out in zip(self._factors(weights), self._factors(grads_z), grads_h, strict=True):
            multiply(grad, weight, out)
            yield

    def _factors(self, lane: Lane) -> Iterable[Array]:
        """The factors of products, each rounded when its turn comes; an array that all steps share is rounded once."""
        round_ = self.round_factor
        if round_ is None:
            return lane
        shared = len(lane) > 1 and lane[0] is lane[1]
        return [round_(lane[0])] * len(lane) if shared else map(round_, lane)

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/dW = (dL/dz)^T h and dL/db, the sum of dL/dz over rows."""
        (h,), (grad,) = inputs, grads
        if self.round_factor is None:
            matmul(grad.swapaxes(1, 2), h, into[0])
        else:
            for left, right, out in zip(self._factors(grad), self._factors(h), into[0], strict=True):
                matmul(left.T, right, out)
        np.add.reduce(grad, axis=1, out=into[1])

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Largest term of the sum, and the bias."""
        weight, bias = parameters
        row, column = index
        return (*largest_product(inputs[0][row], weight[column], ("input", "weight")), ("bias", float(bias[column])))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum."""
        row, column = index
        return largest_product(grads[0][row], parameters[0][:, column], ("gradient", "weight"))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of dL/dW, or of dL/db."""
        column: Array = grads[0][:, index[0]]
        return (
            largest_term(column) if number else largest_product(column, inputs[0][:, index[1]], ("gradient", "input"))
        )


def _multiplier(weights: Lane, left: Array, out: Array) -> Callable[..., Any]:
    """The function that writes a matrix product; plain np.dot for the steps of one layer, whose products are small."""
    by_layer = isinstance(weights, np.ndarray) or len(weights) == 1
    return multiplier(len(left), left.shape[1], out.shape[1]) if by_layer else np.dot


def _transposed(weights: Lane) -> Lane:
    """W^T by layer; for several steps of one layer a contiguous copy, with which the BLAS is quicker."""
    if isinstance(weights, np.ndarray):
        return weights.swapaxes(1, 2)
    return [np.ascontiguousarray(weights[0].T) if len(weights) > 1 else weights[0].T] * len(weights)
