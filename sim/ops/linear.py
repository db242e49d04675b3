"""Matrix product: z = h W^T + b, as torch.nn.Linear."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Array
from ..numerics.matmul import matmul
from ..numerics.moments import add_row
from ..numerics.number_format import Round
from .base import Arrays, Lane, Lanes, Op, Parameter, Terms, largest_product, largest_term
from .operands import Index

SMALL = 2**12  # numbers in a matrix up to which a copy costs less than it saves


@dataclass(frozen=True)
class Linear(Op):
    """Weight (fan-out, fan-in) and bias (fan-out,)."""

    name = "matrix product"
    backward_name = "matrix product"
    propagates = True
    product = True
    needs = (0,)

    inputs: tuple[str]
    parameters: tuple[Parameter, Parameter]
    factor: str = "weight"

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Fan-out."""
        return self.parameters[0].shape[:1]

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write z of h, both (rows, features)."""
        (weights, biases), (entered,), (made,) = params, inputs, outputs
        multiply = matmul if isinstance(weights, np.ndarray) or len(weights) == 1 else np.matmul
        for h, weight, bias, z in zip(entered, turned(weights), biases, made, strict=True):
            multiply(h, weight, z)
            add_row(z, bias)
            yield

    def backward(self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes) -> Iterator[None]:
        """dL/dh = dL/dz W."""
        multiply = matmul if isinstance(params[0], np.ndarray) or len(params[0]) == 1 else np.matmul  # steps are small
        for weight, grad, out in zip(params[0], *grads, *into, strict=True):
            multiply(grad, weight, out)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dW = (dL/dz)^T h and dL/db, the sum of dL/dz over rows."""
        (h,), (grad,) = inputs, grads
        matmul(grad.swapaxes(1, 2), h, into[0])
        np.add.reduce(grad, axis=1, out=into[1])

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The largest product of the sum, and the bias."""
        weight, bias = parameters
        row, column = index
        return (*largest_product(inputs[0][row], weight[column], ("input", "weight")), ("bias", float(bias[column])))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product of the sum."""
        row, column = index
        return largest_product(grads[0][row], parameters[0][:, column], ("gradient", "weight"))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product, or the largest gradient."""
        column: Array = grads[0][:, index[0]]
        return (
            largest_term(column) if number else largest_product(column, inputs[0][:, index[1]], ("gradient", "input"))
        )


def turned(weights: Lane) -> Lane:
    """W^T by layer, or one for all steps: a copy where that is small or often read, as the BLAS is quicker then."""
    if isinstance(weights, np.ndarray):
        across = weights.swapaxes(1, 2)
        return np.ascontiguousarray(across) if weights[0].size <= SMALL else across
    one = weights[0].T
    return [np.ascontiguousarray(one) if one.size <= SMALL or len(weights) > 1 else one] * len(weights)
