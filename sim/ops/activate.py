"""Elementwise activation: a = phi(u)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.moments import count_slopes
from ..numerics.number_format import Round
from .base import Arrays, BackwardStatistics, Lanes, Op, Shape, vectors
from .operands import Index, Terms, at

SATURATED = 0.05  # a slope below this share of the largest slope counts as saturated


@dataclass(frozen=True)
class Activate(Op):
    """An activation of the menu, elementwise; a random one (rrelu) saves the negative slopes that it draws."""

    name = "activation"
    backward_name = "slope"
    counts_underflow = True
    operands = ("argument",)
    parameters = ()
    needs = (0,)
    needs_output = True

    inputs: tuple[str]
    function: Any  # the module of the activation
    arguments: tuple[Any, ...]
    factor: str | None = "slope"
    number: int | str | None = None  # suffix of its random stream and of its slopes in a dump, if a layer has several

    @property
    def drawn_as(self) -> str:
        """The name of its random stream: "activation", and its number if it has one."""
        return self.name if self.number is None else f"{self.name} {self.number}"

    @property
    def random(self) -> bool:
        """Whether it draws random slopes for each pass."""
        return hasattr(self.function, "draw")

    @property
    def largest_slope(self) -> float:
        """The activation's largest slope."""
        return float(self.function.largest_slope(*self.arguments))

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The random negative slopes."""
        return {"draws": (batch, width)} if self.random else {}

    def draw(self, random: np.random.Generator, out: Array) -> None:
        """Draw the random negative slopes of a pass."""
        (random_slopes,) = self.function.draw(random, out.size, out.dtype, *self.arguments)
        out[...] = random_slopes.reshape(out.shape)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write a = phi(u)."""
        value = self.function.value
        random_slopes = vectors(saved[0]) if saved else None
        for index, (u, a) in enumerate(zip(vectors(inputs[0]), vectors(outputs[0]), strict=True)):
            value(u, a, *(self.arguments if random_slopes is None else (random_slopes[index],)))
            yield

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The slopes phi'(u)."""
        return {"slope": (batch, width)}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Write the slopes phi'(u)."""
        *draws, slope = (array.reshape(-1) for array in saved)
        self.function.slope(inputs[0].reshape(-1), outputs[0].reshape(-1), slope, *(draws or self.arguments))

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/du = phi'(u) dL/da."""
        for slope, grad, out in zip(saved[-1], *grads, *into, strict=True):
            np.multiply(slope, grad, out)
            yield

    def backward_statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> BackwardStatistics:
        """Saturated fraction and count of products that underflowed.

        Saturated is a slope below SATURATED of the largest; nan for an activation whose slope has no bound.
        """
        slope, grad, product = (array.reshape(len(array), -1) for array in (saved[-1], grads[0], into[0]))
        least, counts = SATURATED * self.largest_slope, np.empty((len(slope), 2))
        count_slopes(slope, grad, product, least, counts)
        share = counts[:, 0] / slope.shape[1] if math.isfinite(least) else np.full(len(slope), np.nan)
        return BackwardStatistics({"saturated_fraction": share}, counts[:, 1])

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """The random negative slopes."""
        number = "" if self.number is None else self.number
        return {f"activation_slopes{number}": saved[0]} if self.random else {}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """The slopes."""
        return {"slope": saved[-1]}

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Slope and gradient."""
        return ("slope", at(saved[-1], index)), ("gradient", at(grads[0], index))
