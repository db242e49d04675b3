"""Multiplication by a scalar: of a residual branch, or of the skip past it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.number_format import Round
from .base import Arrays, Lane, Lanes, Op, Parameter
from .operands import Index, Terms, at, largest_product


@dataclass(frozen=True)
class Scale(Op):
    """Scalar multiple s a; s is a parameter (1,), learned or not, or a constant."""

    name = "skip"
    backward_name = "skip"
    propagates = True
    operands = ("branch",)

    inputs: tuple[str]
    parameters: tuple[Parameter, ...]
    constant: float | None = None  # s, if there is no parameter

    @property
    def needs(self) -> tuple[int, ...]:  # type: ignore[override]
        """The input, if the scale is learned."""
        return (0,) if any(parameter.learned for parameter in self.parameters) else ()

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write s a."""
        for scale, branch, out in zip(self._scales(params, inputs), *inputs, *outputs, strict=True):
            np.multiply(scale, branch, out)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/da = s dL/d(s a)."""
        for scale, grad, out in zip(self._scales(params, grads), *grads, *into, strict=True):
            np.multiply(grad, scale, out)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/ds, the inner product of gradient and branch."""
        for scales in into:
            for out, grad, branch in zip(scales, grads[0], inputs[0], strict=True):
                out[0] = np.vdot(grad, branch)

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Gradient and scale."""
        scale = float(parameters[0][0]) if parameters else self.constant
        return ("gradient", at(grads[0], index)), ("scale", scale or 0.0)

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the inner product."""
        return largest_product(grads[0].reshape(-1), inputs[0].reshape(-1), ("gradient", "branch"))

    def _scales(self, params: Lanes, of: Lanes) -> Lane:
        """The scalar of each layer, in the number format of the arrays `of`."""
        return params[0] if params else [of[0][0].dtype.type(self.constant)] * len(of[0])
