"""Reductions of a sequence to one step: its last step, the mean over steps, or the last state of each direction."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .base import Lanes, Op


@dataclass(frozen=True)
class StepReduction(Op):
    """Weighted sum over steps; the leading axis of its arrays is of steps, with length 1 in the output."""

    parameters = ()
    reduces_steps = True

    inputs: tuple[str]

    def shares(self, steps: int) -> Array:
        """Weights of the steps in the sum, (steps,)."""
        raise NotImplementedError

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the sum over steps of (steps, batch, features)."""
        (x,), (out,) = inputs, outputs
        out[0][...] = 0
        for share, h in zip(self.shares(len(x)), x, strict=True):
            if share:
                out[0][...] += h if share == 1 else h * out[0].dtype.type(share)
        yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write each step's gradient: its weight times the output's."""
        (grad,), (grad_steps,) = grads, into
        for share, out in zip(self.shares(len(grad_steps)), grad_steps, strict=True):
            np.multiply(grad[0], grad[0].dtype.type(share), out)
        yield


@dataclass(frozen=True)
class LastStep(StepReduction):
    """Reduction to the last step."""

    name = "last step"
    backward_name = "last step"

    def shares(self, steps: int) -> Array:
        """1 for the last step, else 0."""
        weights: Array = np.eye(1, steps, steps - 1)[0]
        return weights


@dataclass(frozen=True)
class MeanStep(StepReduction):
    """Mean over the steps."""

    name = "mean over steps"
    backward_name = "mean over steps"

    def shares(self, steps: int) -> Array:
        """1 / steps for each."""
        return np.full(steps, 1 / steps)


@dataclass(frozen=True)
class LastOfEach(StepReduction):
    """Last states of both directions, concatenated: forward half at the last step, reverse half at the first."""

    name = "last states"
    backward_name = "last states"

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write both halves, of (steps, batch, features)."""
        (x,), (out,) = inputs, outputs
        half = out[0].shape[-1] // 2
        out[0][..., :half], out[0][..., half:] = x[-1][..., :half], x[0][..., half:]
        yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the gradient of each half at its step, and 0 elsewhere."""
        (grad,), (grad_steps,) = grads, into
        half = grad[0].shape[-1] // 2
        for out in grad_steps:
            out[...] = 0
        grad_steps[-1][..., :half], grad_steps[0][..., half:] = grad[0][..., :half], grad[0][..., half:]
        yield
