"""Sum of two values, as a skip's input and its branch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..numerics.number_format import Round
from .base import Lanes, Op


@dataclass(frozen=True)
class Add(Op):
    """Elementwise sum; the gradient of both inputs is the output's."""

    sums = True
    propagates = True
    gradient_out = (0, 1)
    parameters = ()

    inputs: tuple[str, str]
    name: str
    operands: tuple[str, str]
    in_place: int | None = 1

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the sum."""
        for one, other, out in zip(*inputs, *outputs, strict=True):
            np.add(other, one, out)
            yield
