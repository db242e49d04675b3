"""Scale of a branch: s a, with one number s, which may be learned (ReZero)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op, Parameter, Terms, at, largest_product
from .operands import Index


@dataclass(frozen=True)
class Scale(Op):
    """The branch's scale (1,), as a choice of the skips menu says."""

    name = "skip"
    backward_name = "skip"
    propagates = True
    operands = ("branch",)

    inputs: tuple[str]
    parameters: tuple[Parameter]

    @property
    def needs(self) -> tuple[int, ...]:  # type: ignore[override]
        """The branch, where the scale is learned."""
        return (0,) if self.parameters[0].learned else ()

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write s a."""
        for scale, branch, out in zip(*params, *inputs, *outputs, strict=True):
            np.multiply(scale, branch, out)
            yield

    def backward(self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes) -> Iterator[None]:
        """dL/da = s dL/d(s a)."""
        for scale, grad, out in zip(*params, *grads, *into, strict=True):
            np.multiply(grad, scale, out)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/ds, the inner product of gradient and branch."""
        for out, grad, branch in zip(into[0], grads[0], inputs[0], strict=True):
            out[0] = np.vdot(grad, branch)

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Gradient and scale."""
        return ("gradient", at(grads[0], index)), ("scale", float(parameters[0][0]))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product of the sum."""
        return largest_product(grads[0].reshape(-1), inputs[0].reshape(-1), ("gradient", "branch"))
