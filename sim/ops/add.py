"""Sum of two paths: h_out = h_in + a."""

from dataclasses import dataclass

import numpy as np

from .base import Arrays, Op


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

    def forward(self, parameters: Arrays, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Their sum."""
        np.add(inputs[1], inputs[0], out=outputs[0])
