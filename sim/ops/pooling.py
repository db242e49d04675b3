"""Average, max and global average pooling of images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Array
from ..numerics.image import Image
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Op, Shape
from .operands import Index, Terms, largest_term


@dataclass(frozen=True)
class Pool(Op):
    """Base of pooling over squares of size x size positions, stride the same; `size` divides the image's sides."""

    backward_name = "pooling"
    parameters = ()

    inputs: tuple[str]
    image: Image
    size: int
    factor: str | None = "pool"

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The pooled image."""
        channels, height, width = self.image.shape
        return (Image(channels, height // self.size, width // self.size),)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The largest number of the square, and how many positions it has."""
        return largest_term(self._squares(inputs[0][index[0]])[index[1]].astype(np.float64), "input")

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The gradient of the square's output, and the square's size."""
        channel, position = divmod(index[1], self.image.positions)
        y, x = divmod(position, self.image.shape[2])
        small = self.widths()[0]
        assert isinstance(small, Image)
        square = channel * small.positions + (y // self.size) * small.shape[2] + x // self.size
        return (("gradient", float(grads[0][index[0], square])), ("positions", float(self.size**2)))

    def _squares(self, rows: Array) -> Array:
        """A copy of images (..., features) as (..., squares, positions of a square)."""
        channels, height, width = self.image.shape
        size, front = self.size, rows.shape[:-1]
        parts = rows.reshape(*front, channels, height // size, size, width // size, size).swapaxes(-3, -2)
        return parts.reshape(*front, -1, size**2)

    def _spread(self, squares: Array, out: Array) -> None:
        """Write squares (batch, squares, positions of a square) as images (batch, features): `_squares` reversed."""
        channels, height, width = self.image.shape
        size = self.size
        parts = squares.reshape(len(squares), channels, height // size, width // size, size, size).swapaxes(-3, -2)
        out.reshape(parts.shape)[...] = parts


@dataclass(frozen=True)
class AveragePool(Pool):
    """Average pooling, as torch.nn.AvgPool2d."""

    name = "average pooling"

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the mean of each square."""
        for h, out in zip(*inputs, *outputs, strict=True):
            np.mean(self._squares(h), axis=-1, out=out)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write an equal share of the gradient at each position."""
        for grad, out in zip(*grads, *into, strict=True):
            share = grad * grad.dtype.type(1 / self.size**2)
            self._spread(np.broadcast_to(share[..., None], (*share.shape, self.size**2)), out)
            yield


@dataclass(frozen=True)
class MaxPool(Pool):
    """Max pooling, as torch.nn.MaxPool2d; the gradient goes to the first largest number of each square."""

    name = "max pooling"

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Position of the largest number within each square."""
        return {"largest": (batch, width)}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the largest number of each square."""
        for h, out, largest in zip(*inputs, *outputs, *saved, strict=True):
            squares = self._squares(h)
            chosen = squares.argmax(axis=-1)
            out[...] = np.take_along_axis(squares, chosen[..., None], -1)[..., 0]
            largest[...] = chosen
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the gradient at the largest number, 0 at the others."""
        for grad, out, largest in zip(*grads, *into, *saved, strict=True):
            squares = np.zeros((*grad.shape, self.size**2), grad.dtype)
            np.put_along_axis(squares, largest[..., None].astype(np.intp), grad[..., None], -1)
            self._spread(squares, out)
            yield


@dataclass(frozen=True)
class GlobalAveragePool(Op):
    """Global average pooling: each channel's mean over all positions."""

    name = "global average pooling"
    backward_name = "global average pooling"
    parameters = ()

    inputs: tuple[str]
    image: Image

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The number of channels."""
        return (self.image.channels,)

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write the mean of each channel."""
        for h, out in zip(*inputs, *outputs, strict=True):
            np.mean(self._planes(h), axis=-1, out=out)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write an equal share of the gradient at each position."""
        for grad, out in zip(*grads, *into, strict=True):
            self._planes(out)[...] = (grad * grad.dtype.type(1 / self.image.positions))[..., None]
            yield

    def _planes(self, rows: Array) -> Array:
        return rows.reshape(len(rows), self.image.channels, -1)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The channel's largest number, and how many positions it has."""
        return largest_term(self._planes(inputs[0])[index].astype(np.float64), "input")

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The gradient of the channel's mean, and the number of positions."""
        grad = float(grads[0][index[0], index[1] // self.image.positions])
        return ("gradient", grad), ("positions", float(self.image.positions))
