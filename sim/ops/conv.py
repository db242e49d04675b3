"""Convolution, as torch.nn.Conv2d: its products are of a weight matrix with the patches of images (im2col)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..numerics.arrays import Array
from ..numerics.image import Image, shaped
from ..numerics.number_format import Round
from ..numerics.patches import add_edges, gather, pad, scatter
from .base import Arrays, Lanes, Op, Parameter, Terms, largest_product, largest_term
from .operands import Index

PATCHES = 2**17  # numbers in the patches of a few samples at most: more leave the cache before they are multiplied


@dataclass(frozen=True)
class Conv(Op):
    """Weight (channels out, channels in, size, size) and bias (channels out,), over an image with odd size.

    (size - 1) / 2 places beyond each edge are those of the other side, if the image wraps around, or 0.
    """

    name = "convolution"
    backward_name = "convolution"
    propagates = True
    needs = (0,)

    inputs: tuple[str]
    parameters: tuple[Parameter, Parameter]
    image: Image
    wraps: bool
    stride: int = 1
    factor: str | None = "weight"
    entering: Round | None = None  # gives a rounded copy of what products multiply, of a format that rounds only that
    made: Image = field(init=False)

    def __post_init__(self) -> None:
        _, height, width = self.image.shape
        made = Image(self.parameters[0].shape[0], (height - 1) // self.stride + 1, (width - 1) // self.stride + 1)
        object.__setattr__(self, "made", made)

    @cached_property
    def size(self) -> int:
        """Of the kernel, in places."""
        return self.parameters[0].shape[2]

    @cached_property
    def _padded(self) -> Image:
        channels, height, width = self.image.shape
        return Image(channels, height + self.size - 1, width + self.size - 1)

    @cached_property
    def _taps(self) -> int:
        """Numbers that one number is made of."""
        return self.image.channels * self.size**2

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The image that it makes."""
        return (self.made,)

    def scratch(self, batch: int, width: int) -> int:
        """Patches, padded images and products of some samples."""
        samples = min(batch, self._samples)
        return samples * (self._taps * self.made.places + self._padded + self.made)

    @cached_property
    def _samples(self) -> int:
        """How many are multiplied at once."""
        return max(1, PATCHES // (self._taps * self.made.places))

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write z of h, both (rows, features)."""
        for h, weight, bias, z in zip(*inputs, *params, *outputs, strict=True):
            matrix = self._factor(weight.reshape(len(weight), -1))
            for part, patches in self._patches(self._factor(h)):
                self._multiply(matrix, patches, z[part])
            planes = z.reshape(len(z), len(weight), -1)
            planes += bias[:, None]
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """dL/dh of dL/dz: its products with the weights, each added to where its patch was."""
        channels, tall, wide = self._padded.shape
        for weight, came, handed in zip(params[0], *grads, *into, strict=True):
            across = np.ascontiguousarray(self._factor(weight.reshape(len(weight), -1)).T)
            room, edges = self._room(len(came), came.dtype)
            for part in self._parts(len(came)):
                columns = self._columns(self._factor(came[part]))
                patches, padded = room[: columns.shape[1]].reshape(self._taps, -1), edges[: len(handed[part])]
                np.dot(across, columns, out=patches)
                scatter(patches, padded, channels, tall, wide, self.size, self.stride)
                add_edges(padded, handed[part], *self.image.shape, self.size // 2, self.wraps)
            yield

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dW, products of dL/dz with the patches, and dL/db, its sum over samples and places."""
        for h, grad, weight, bias in zip(*inputs, *grads, *into, strict=True):
            matrix, columns = weight.reshape(len(weight), -1), self._factor(grad)
            matrix[...] = 0
            for part, patches in self._patches(self._factor(h)):
                matrix += np.dot(self._columns(columns[part]), patches.T)
            np.add.reduce(shaped(grad, self.made), axis=(0, 2, 3), out=bias)

    def _factor(self, array: Array) -> Array:
        """As it enters a product."""
        return array if self.entering is None else self.entering(array)

    def _parts(self, rows: int) -> Iterator[slice]:
        """Some samples at a time."""
        return (slice(first, first + self._samples) for first in range(0, rows, self._samples))

    def _patches(self, images: Array) -> Iterator[tuple[slice, Array]]:
        """By some samples their patches (taps, samples x places), in an array that the next ones overwrite."""
        room, edges = self._room(len(images), images.dtype)
        for part in self._parts(len(images)):
            some = np.ascontiguousarray(images[part])
            pad(some, edges[: len(some)], *self.image.shape, self.size // 2, self.wraps)
            patches = room[: len(some) * self.made.places].reshape(self._taps, -1)
            gather(edges[: len(some)], patches, *self._padded.shape, self.size, self.stride)
            yield part, patches

    def _room(self, rows: int, dtype: "np.dtype[Any]") -> tuple[Array, Array]:
        """Memory for the patches of some samples, (places, taps), and for their padded images."""
        samples = min(self._samples, rows)
        return np.empty((samples * self.made.places, self._taps), dtype), np.empty((samples, self._padded), dtype)

    def _columns(self, rows: Array) -> Array:
        """What comes from above, (samples, features), as (channels, samples x places)."""
        planes = rows.reshape(len(rows), self.made.channels, -1)
        return planes.swapaxes(0, 1).reshape(self.made.channels, -1)

    def _multiply(self, matrix: Array, patches: Array, rows: Array) -> None:
        """Their product, (channels, samples x places), into rows (samples, features)."""
        planes = rows.reshape(len(rows), self.made.channels, -1)
        if len(rows) == 1 and planes.flags.c_contiguous:
            np.dot(matrix, patches, out=planes[0])
        else:
            planes[...] = np.dot(matrix, patches).reshape(len(matrix), len(rows), -1).swapaxes(0, 1)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """The largest product of the sum, and the bias."""
        weight, bias = parameters
        channel, place = divmod(index[1], self.made.places)
        ((_, patches),) = self._patches(inputs[0][index[0] : index[0] + 1])
        told = largest_product(patches[:, place], weight[channel].reshape(-1), ("input", "weight"))
        return (*told, ("bias", float(bias[channel])))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product of the sum, over the patches that the number is in."""
        mark = np.zeros((1, self.image), grads[0].dtype)
        mark[0, index[1]] = 1
        ((_, patches),) = self._patches(mark)
        taps, places = patches.nonzero()
        weight = parameters[0].reshape(self.made.channels, -1)[:, taps]
        came = grads[0][index[0]].reshape(self.made.channels, -1)[:, places]
        return largest_product(came.reshape(-1), weight.reshape(-1), ("gradient", "weight"))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """The largest product, or the largest gradient."""
        came = self._columns(grads[0])[index[0]]
        if number:
            return largest_term(came)
        tap = int(np.ravel_multi_index(index[1:], (self.image.channels, self.size, self.size)))
        entered = np.concatenate([patches[tap].copy() for _, patches in self._patches(inputs[0])])
        return largest_product(came, entered, ("gradient", "input"))
