"""Scale of a branch: s a, with one number s, which may be learned (ReZero)."""

from dataclasses import dataclass

import numpy as np

from ..met import Index
from .base import Arrays, Op, Parameter, Terms, at, largest_product


@dataclass(frozen=True)
class Scale(Op):
    """The branch's scale (1,), as a choice of the skips menu says."""

    name = "skip"
    backward_name = "skip"
    propagates = True
    operands = ("branch",)

    inputs: tuple[str]
    parameters: tuple[Parameter]

    def forward(self, parameters: Arrays, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """s a."""
        np.multiply(parameters[0], inputs[0], out=outputs[0])

    def backward(self, parameters: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/da = s dL/d(s a)."""
        np.multiply(grads[0], parameters[0], out=into[0])

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/ds, the inner product of gradient and branch."""
        for out, grad, branch in zip(into[0], grads[0], inputs[0], strict=True):
            out[0] = np.vdot(grad, branch)

    def backward_terms(self, parameters: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Gradient and scale."""
        return ("gradient", at(grads[0], index)), ("scale", float(parameters[0][0]))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product of the sum."""
        return largest_product(grads[0].reshape(-1), inputs[0].reshape(-1), ("gradient", "branch"))
