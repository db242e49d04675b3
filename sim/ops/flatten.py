"""Flattening of images to plain features, as torch.nn.Flatten: channel by channel, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..numerics.number_format import Round
from .base import Lanes, Op


@dataclass(frozen=True)
class Flatten(Op):
    """A copy of the numbers, whose width is no longer that of an image."""

    name = "flatten"
    backward_name = "flatten"
    propagates = True
    parameters = ()

    inputs: tuple[str]

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Channels x positions."""
        return (int(widths[0]),)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Copy the numbers."""
        for h, out in zip(*inputs, *outputs, strict=True):
            out[...] = h
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Copy the gradient."""
        yield from self.forward(params, grads, into, saved, round_)
