"""Sinusoidal positional encoding of the tokens, added to the input."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Floats
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op
from .operands import Index, Terms, at

LONGEST_WAVE = 10_000.0  # over 2 pi


@dataclass(frozen=True)
class AddPosition(Op):
    """Sum of input (row = step x samples + sample) and encoding of each step; the gradient passes unchanged."""

    name = backward_name = "position"
    propagates = True
    gradient_out = (0,)
    over_steps = True
    parameters = ()

    inputs: tuple[str]
    samples: int  # rows of a step

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write input plus encoding."""
        for x, out in zip(*inputs, *outputs, strict=True):
            steps, features = len(x) // self.samples, x.shape[1]
            table = round_(sinusoids(steps, features).astype(x.dtype))
            shape = steps, self.samples, features
            np.add(x.reshape(shape), table[:, None], out.reshape(shape))
            yield

    def terms(self, output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Input and encoding."""
        table = sinusoids(len(inputs[0]) // self.samples, inputs[0].shape[1])
        return ("input", at(inputs[0], index)), ("position", float(table[index[0] // self.samples, index[1]]))


def sinusoids(steps: int, features: int) -> Floats:
    """Sinusoidal encoding (steps, features): sine at even features, cosine at odd; Vaswani et al. 2017, section 3.5."""
    pair = np.arange(features) // 2 * 2
    angles = np.arange(steps)[:, None] / LONGEST_WAVE ** (pair / features)
    return np.where(np.arange(features) % 2, np.cos(angles), np.sin(angles))
