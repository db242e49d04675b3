"""A sequence to one state: a weighted sum of its steps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round
from .base import Lanes, Op


@dataclass(frozen=True)
class StepReduction(Op):
    """Its arrays have the steps where others have layers; the output and its gradient have one."""

    parameters = ()
    reduces_steps = True

    inputs: tuple[str]

    def shares(self, steps: int) -> Array:
        """What each step counts in the sum, (steps,)."""
        raise NotImplementedError

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """The sum over steps, of (steps, batch, features)."""
        (x,), (out,) = inputs, outputs
        out[0][...] = 0
        for share, h in zip(self.shares(len(x)), x, strict=True):
            if share:
                out[0][...] += h if share == 1 else h * out[0].dtype.type(share)
        yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Each step gets its share of the gradient."""
        (came,), (handed,) = grads, into
        for share, out in zip(self.shares(len(handed)), handed, strict=True):
            np.multiply(came[0], came[0].dtype.type(share), out)
        yield


@dataclass(frozen=True)
class LastStep(StepReduction):
    """The last step."""

    name = "last step"
    backward_name = "last step"

    def shares(self, steps: int) -> Array:
        """All of the last."""
        weights: Array = np.eye(1, steps, steps - 1)[0]
        return weights


@dataclass(frozen=True)
class MeanStep(StepReduction):
    """The mean over the steps."""

    name = "mean over steps"
    backward_name = "mean over steps"

    def shares(self, steps: int) -> Array:
        """The same of each."""
        return np.full(steps, 1 / steps)


@dataclass(frozen=True)
class LastOfEach(StepReduction):
    """Of features of two directions side by side: those of the first at the last step, of the second at the first."""

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
        """Each half to its step."""
        (came,), (handed,) = grads, into
        half = came[0].shape[-1] // 2
        for out in handed:
            out[...] = 0
        handed[-1][..., :half], handed[0][..., half:] = came[0][..., :half], came[0][..., half:]
        yield
