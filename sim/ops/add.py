"""Sum of two paths: h_out = h_in + a."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .base import Lanes, Op


@dataclass(frozen=True)
class Add(Op):
    """The way around a branch and the branch; the gradient goes both ways as it is."""

    name = "skip"
    backward_name = "skip"
    propagates = True
    passes_on = (0, 1)
    in_place = 1
    operands = ("input", "branch")
    parameters = ()

    inputs: tuple[str, str]

    def forward(self, own: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes) -> Iterator[None]:
        """Their sum."""
        for around, branch, out in zip(*inputs, *outputs, strict=True):
            np.add(branch, around, out)
            yield
