"""Convolution, as torch.nn.Conv2d: the weight matrix times the patches of images (im2col).

Without a stride dL/dh is itself a convolution, of dL/dz with the kernels turned round, and dL/dW the product of h with
the same patches of dL/dz: both are computed while the patches are in the cache.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial, reduce

import numpy as np

from ..numerics.arrays import Array
from ..numerics.blas import LARGE, in_threads
from ..numerics.image import Image, shaped
from ..numerics.number_format import Round
from ..numerics.patches import add_edges, patches_of, room_of, scatter
from ..numerics.threads import threads
from .base import Arrays, Lanes, Op, Parameter, Shape
from .operands import Index, Terms, largest_product, largest_term

PATCHES = 2**17  # numbers in the patches of a few samples at most: more leave the cache before they are multiplied
SHARES = 4  # of a batch, for as many threads at most


@dataclass(frozen=True)
class Conv(Op):
    """Weight (channels out, channels in, size, size) and bias (channels out,), over an image with odd size.

    (size - 1) / 2 positions beyond each edge are those of the other side, if the image wraps around, or 0.
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
        """Height and width of the kernel."""
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
        """The output image."""
        return (self.made,)

    def scratch(self, batch: int, width: int) -> int:
        """Patches, padded images and products of a block of samples, for each thread."""
        at_once = min(threads(), len(self._shares(batch, self._samples)))
        of_input = min(batch, self._samples) * (self._taps * self.made.positions + self._padded + self.made)
        return at_once * max(of_input, min(batch, self._samples_back) * 3 * self._taps_back * self.made.positions)

    @cached_property
    def _samples(self) -> int:
        """How many are multiplied at once."""
        return max(1, PATCHES // (self._taps * self.made.positions))

    @property
    def _taps_back(self) -> int:
        """Numbers of dL/dz that one number of dL/dh is made of."""
        return self.made.channels * self.size**2

    @property
    def _samples_back(self) -> int:
        """How many are multiplied at once with these."""
        return max(1, PATCHES // (self._taps_back * self.made.positions))

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write z of h, both (rows, features)."""
        for h, weight, bias, z in zip(*inputs, *params, *outputs, strict=True):
            matrix, columns = self._factor(weight.reshape(len(weight), -1)), self._factor(h)
            in_threads(partial(self._convolve, matrix, columns, z), self._shares(len(h), self._samples))
            planes = z.reshape(len(z), len(weight), -1)
            planes += bias[:, None]
            yield

    def _convolve(self, matrix: Array, h: Array, z: Array, share: slice) -> None:
        """Write z of a slice of the batch, without the bias."""
        for part, patches in self._patches(h[share]):
            _multiply(matrix, patches, z[share][part])

    def _shares(self, batch: int, samples: int) -> list[slice]:
        """Slices of a batch for threads, a multiple of `samples` each: by shapes alone, so that bits are, too."""
        work = batch * self.made * self._taps
        turns = -(-batch // samples)
        each = samples * -(-turns // (SHARES if work >= LARGE else 1))
        return [slice(first, first + each) for first in range(0, batch, each)]

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """dL/dW, where the backward pass computes it together with dL/dh."""
        return {"grad_weight": (self.image.channels, self._taps_back)} if self.stride == 1 else {}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Nothing to fill: the backward pass writes dL/dW."""
        if self.stride == 1:
            saved[-1][:, 0, 0] = np.nan

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """dL/dh of dL/dz, and without a stride dL/dW, see `prepared`."""
        if self.stride > 1:
            yield from self._backward_by_scattering(params, grads, into)
            return
        for weight, h, made, came, handed in zip(params[0], *inputs, *saved, *grads, *into, strict=True):
            turned = self._turned(self._factor(weight)).reshape(self.image.channels, -1)
            pull = partial(self._pull_back, turned, self._factor(came), self._factor(h), handed)
            made[...] = reduce(np.add, in_threads(pull, self._shares(len(h), self._samples_back)))
            yield

    def _pull_back(self, turned: Array, came: Array, h: Array, handed: Array, share: slice) -> Array:
        """Write dL/dh of a slice of the batch; returns its part of dL/dW, each kernel rotated by half a turn."""
        made = np.zeros((self.image.channels, self._taps_back), h.dtype)
        for part, patches in patches_of(came[share], self.made, self.size, self.wraps, samples=self._samples_back):
            _multiply(turned, patches, handed[share][part])
            made += np.dot(_columns(h[share][part], self.image), patches.T)
        return made

    def _backward_by_scattering(self, params: Lanes, grads: Lanes, into: Lanes) -> Iterator[None]:
        """The products of dL/dz with the weights, each added to where its patch was."""
        channels, tall, wide = self._padded.shape
        for weight, came, handed in zip(params[0], *grads, *into, strict=True):
            across = np.ascontiguousarray(self._factor(weight.reshape(len(weight), -1)).T)
            room, edges = room_of(
                min(self._samples, len(came)), self._padded, self._taps * self.made.positions, came.dtype
            )
            for first in range(0, len(came), self._samples):
                part = slice(first, first + self._samples)
                columns = _columns(self._factor(came[part]), self.made)
                patches = room[: self._taps * columns.shape[1]].reshape(self._taps, -1)
                padded = edges[: len(handed[part])]
                np.dot(across, columns, out=patches)
                scatter(patches, padded, channels, tall, wide, self.size, self.stride)
                add_edges(padded, handed[part], *self.image.shape, self.size // 2, self.wraps)
            yield

    def _turned(self, kernels: Array) -> Array:
        """Kernels (one, other, size, size) as (other, one, size, size), each turned round."""
        return np.ascontiguousarray(kernels[:, :, ::-1, ::-1].swapaxes(0, 1))

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """dL/dW, products of dL/dz with the patches, and dL/db, its sum over samples and positions."""
        weights, biases = into
        shape = self.image.channels, self.made.channels, self.size, self.size
        for index, (h, grad, weight, bias) in enumerate(zip(*inputs, *grads, weights, biases, strict=True)):
            if self.stride > 1:
                self._weight_gradient(self._factor(h), self._factor(grad), weight.reshape(len(weight), -1))
            else:
                known = bool(saved) and not np.isnan(saved[-1][index, 0, 0])
                turned = saved[-1][index] if known else self._turned_gradient(self._factor(h), self._factor(grad))
                weight[...] = turned.reshape(shape)[:, :, ::-1, ::-1].swapaxes(0, 1)
            np.add.reduce(shaped(grad, self.made), axis=(0, 2, 3), out=bias)

    def _turned_gradient(self, h: Array, grad: Array) -> Array:
        """What the backward pass makes of it on its way, made alone."""
        made = np.zeros((self.image.channels, self._taps_back), h.dtype)
        for part, patches in patches_of(grad, self.made, self.size, self.wraps, samples=self._samples_back):
            made += np.dot(_columns(h[part], self.image), patches.T)
        return made

    def _weight_gradient(self, h: Array, grad: Array, matrix: Array) -> None:
        matrix[...] = 0
        for part, patches in self._patches(h):
            matrix += np.dot(_columns(grad[part], self.made), patches.T)

    def _factor(self, array: Array) -> Array:
        """As it enters a product."""
        return array if self.entering is None else self.entering(array)

    def _patches(self, images: Array) -> Iterator[tuple[slice, Array]]:
        """By some samples their patches (taps, samples x positions)."""
        return patches_of(images, self.image, self.size, self.wraps, self.stride, self._samples)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Largest term of the sum, and the bias."""
        weight, bias = parameters
        channel, position = divmod(index[1], self.made.positions)
        ((_, patches),) = self._patches(inputs[0][index[0] : index[0] + 1])
        operands = largest_product(patches[:, position], weight[channel].reshape(-1), ("input", "weight"))
        return (*operands, ("bias", float(bias[channel])))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum over the patches that contain the number."""
        mark = np.zeros((1, self.image), grads[0].dtype)
        mark[0, index[1]] = 1
        ((_, patches),) = self._patches(mark)
        taps, positions = patches.nonzero()
        weight = parameters[0].reshape(self.made.channels, -1)[:, taps]
        came = grads[0][index[0]].reshape(self.made.channels, -1)[:, positions]
        return largest_product(came.reshape(-1), weight.reshape(-1), ("gradient", "weight"))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of dL/dW, or of dL/db."""
        came = _columns(grads[0], self.made)[index[0]]
        if number:
            return largest_term(came)
        tap = int(np.ravel_multi_index(index[1:], (self.image.channels, self.size, self.size)))
        input_patches = np.concatenate([patches[tap].copy() for _, patches in self._patches(inputs[0])])
        return largest_product(came, input_patches, ("gradient", "input"))


def _columns(rows: Array, image: Image) -> Array:
    """Images (samples, features) as (channels, samples x positions)."""
    planes = rows.reshape(len(rows), image.channels, -1)
    return planes.swapaxes(0, 1).reshape(image.channels, -1)


def _multiply(matrix: Array, patches: Array, rows: Array) -> None:
    """Their product, (channels, samples x positions), into rows (samples, features)."""
    planes = rows.reshape(len(rows), len(matrix), -1)
    if len(rows) == 1 and planes.flags.c_contiguous:
        np.dot(matrix, patches, out=planes[0])
    else:
        planes[...] = np.dot(matrix, patches).reshape(len(matrix), len(rows), -1).swapaxes(0, 1)
