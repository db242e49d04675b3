"""Convolution, as torch.nn.Conv2d: the weight matrix times the patches of images (im2col).

Without a stride dL/dh is itself a convolution, of dL/dz with the kernels rotated by half a turn, and dL/dW the product
of h with the same patches of dL/dz: both are computed while the patches are in the cache.
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

PATCHES = 2**17  # numbers in the patches of a block of samples: more leave the cache before they are multiplied
SHARES = 4  # parts of a batch, for as many threads at most


@dataclass(frozen=True)
class Conv(Op):
    """Weight (channels out, channels in, size, size), size odd, and bias (channels out,), over images.

    Padding is (size - 1) / 2 positions: circular if the image `wraps`, else zeros.
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
    round_factor: Round | None = None  # rounds a factor of a product to a copy, in a format that rounds factors only
    out_image: Image = field(init=False)

    def __post_init__(self) -> None:
        _, height, width = self.image.shape
        out_image = Image(self.parameters[0].shape[0], (height - 1) // self.stride + 1, (width - 1) // self.stride + 1)
        object.__setattr__(self, "out_image", out_image)

    @cached_property
    def size(self) -> int:
        """Height, and width, of the kernel."""
        return self.parameters[0].shape[2]

    @cached_property
    def _padded(self) -> Image:
        channels, height, width = self.image.shape
        return Image(channels, height + self.size - 1, width + self.size - 1)

    @cached_property
    def _taps(self) -> int:
        """Fan-in: numbers of h that one number of z is a sum over."""
        return self.image.channels * self.size**2

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The output image."""
        return (self.out_image,)

    def scratch(self, batch: int, width: int) -> int:
        """Patches, padded images and products of a block of samples, for each thread."""
        at_once = min(threads(), len(self._shares(batch, self._samples)))
        of_input = min(batch, self._samples) * (self._taps * self.out_image.positions + self._padded + self.out_image)
        return at_once * max(of_input, min(batch, self._samples_back) * 3 * self._taps_back * self.out_image.positions)

    @cached_property
    def _samples(self) -> int:
        """Samples whose patches are multiplied at once in the forward pass."""
        return max(1, PATCHES // (self._taps * self.out_image.positions))

    @property
    def _taps_back(self) -> int:
        """Numbers of dL/dz that one number of dL/dh is a sum over."""
        return self.out_image.channels * self.size**2

    @property
    def _samples_back(self) -> int:
        """Samples whose patches of dL/dz are multiplied at once in the backward pass."""
        return max(1, PATCHES // (self._taps_back * self.out_image.positions))

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write z of h, both (samples, channels x positions)."""
        for h, weight, bias, z in zip(*inputs, *params, *outputs, strict=True):
            matrix, columns = self._factor(weight.reshape(len(weight), -1)), self._factor(h)
            in_threads(partial(self._convolve, matrix, columns, z), self._shares(len(h), self._samples))
            planes = z.reshape(len(z), len(weight), -1)
            planes += bias[:, None]
            yield

    def _convolve(self, matrix: Array, h: Array, z: Array, share: slice) -> None:
        """Write z, without the bias, of a slice of the batch."""
        for part, patches in self._patches(h[share]):
            _multiply(matrix, patches, z[share][part])

    def _shares(self, batch: int, samples: int) -> list[slice]:
        """Slices of a batch for threads, each a multiple of `samples`; they, and so all bits, depend on shapes only."""
        work = batch * self.out_image * self._taps
        turns = -(-batch // samples)
        each = samples * -(-turns // (SHARES if work >= LARGE else 1))
        return [slice(first, first + each) for first in range(0, batch, each)]

    def prepared(self, batch: int, width: int) -> Mapping[str, Shape]:
        """dL/dW, where the backward pass computes it together with dL/dh."""
        return {"grad_weight": (self.image.channels, self._taps_back)} if self.stride == 1 else {}

    def prepare(self, inputs: Arrays, outputs: Arrays, saved: Arrays) -> None:
        """Mark dL/dW as not yet computed, by a NaN: the backward pass writes it."""
        if self.stride == 1:
            saved[-1][:, 0, 0] = np.nan

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write dL/dh from dL/dz, and without a stride dL/dW (see `prepared`)."""
        if self.stride > 1:
            yield from self._backward_by_scattering(params, grads, into)
            return
        for weight, h, grad_weight, grad, grad_h in zip(params[0], *inputs, *saved, *grads, *into, strict=True):
            rotated = self._rotated(self._factor(weight)).reshape(self.image.channels, -1)
            backward = partial(self._backward_slice, rotated, self._factor(grad), self._factor(h), grad_h)
            grad_weight[...] = reduce(np.add, in_threads(backward, self._shares(len(h), self._samples_back)))
            yield

    def _backward_slice(self, rotated: Array, grad: Array, h: Array, grad_h: Array, share: slice) -> Array:
        """Write dL/dh of a slice of the batch; returns its part of dL/dW, each kernel rotated by half a turn."""
        grad_weight = np.zeros((self.image.channels, self._taps_back), h.dtype)
        for part, patches in patches_of(grad[share], self.out_image, self.size, self.wraps, samples=self._samples_back):
            _multiply(rotated, patches, grad_h[share][part])
            grad_weight += np.dot(_columns(h[share][part], self.image), patches.T)
        return grad_weight

    def _backward_by_scattering(self, params: Lanes, grads: Lanes, into: Lanes) -> Iterator[None]:
        """Write dL/dh with a stride: products of dL/dz with the weights, summed where patches overlap (col2im)."""
        channels, tall, wide = self._padded.shape
        for weight, grad, grad_h in zip(params[0], *grads, *into, strict=True):
            across = np.ascontiguousarray(self._factor(weight.reshape(len(weight), -1)).T)
            room, edges = room_of(
                min(self._samples, len(grad)), self._padded, self._taps * self.out_image.positions, grad.dtype
            )
            for first in range(0, len(grad), self._samples):
                part = slice(first, first + self._samples)
                columns = _columns(self._factor(grad[part]), self.out_image)
                patches = room[: self._taps * columns.shape[1]].reshape(self._taps, -1)
                padded = edges[: len(grad_h[part])]
                np.dot(across, columns, out=patches)
                scatter(patches, padded, channels, tall, wide, self.size, self.stride)
                add_edges(padded, grad_h[part], *self.image.shape, self.size // 2, self.wraps)
            yield

    def _rotated(self, kernels: Array) -> Array:
        """Kernels (out, in, size, size) as (in, out, size, size), each rotated by half a turn."""
        return np.ascontiguousarray(kernels[:, :, ::-1, ::-1].swapaxes(0, 1))

    def parameter_gradients(self, inputs: Arrays, outputs: Arrays, saved: Arrays, grads: Arrays, into: Arrays) -> None:
        """Write dL/dW, products of dL/dz with the patches, and dL/db, its sum over samples and positions."""
        weights, biases = into
        shape = self.image.channels, self.out_image.channels, self.size, self.size
        for index, (h, grad, weight, bias) in enumerate(zip(*inputs, *grads, weights, biases, strict=True)):
            if self.stride > 1:
                self._weight_gradient(self._factor(h), self._factor(grad), weight.reshape(len(weight), -1))
            else:
                computed = bool(saved) and not np.isnan(saved[-1][index, 0, 0])
                rotated = saved[-1][index] if computed else self._rotated_gradient(self._factor(h), self._factor(grad))
                weight[...] = rotated.reshape(shape)[:, :, ::-1, ::-1].swapaxes(0, 1)
            np.add.reduce(shaped(grad, self.out_image), axis=(0, 2, 3), out=bias)

    def _rotated_gradient(self, h: Array, grad: Array) -> Array:
        """dL/dW as `_backward_slice` returns it, of the whole batch and without dL/dh."""
        grad_weight = np.zeros((self.image.channels, self._taps_back), h.dtype)
        for part, patches in patches_of(grad, self.out_image, self.size, self.wraps, samples=self._samples_back):
            grad_weight += np.dot(_columns(h[part], self.image), patches.T)
        return grad_weight

    def _weight_gradient(self, h: Array, grad: Array, matrix: Array) -> None:
        """Write dL/dW (channels out, taps) from patches of h, as a stride needs it."""
        matrix[...] = 0
        for part, patches in self._patches(h):
            matrix += np.dot(_columns(grad[part], self.out_image), patches.T)

    def _factor(self, array: Array) -> Array:
        """An array as it enters a product: rounded, in a number format that rounds factors only."""
        return array if self.round_factor is None else self.round_factor(array)

    def _patches(self, images: Array) -> Iterator[tuple[slice, Array]]:
        """Slices of samples, and their patches (taps, samples x positions)."""
        return patches_of(images, self.image, self.size, self.wraps, self.stride, self._samples)

    def terms(self, _output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Largest term of the sum, and the bias."""
        weight, bias = parameters
        channel, position = divmod(index[1], self.out_image.positions)
        ((_, patches),) = self._patches(inputs[0][index[0] : index[0] + 1])
        operands = largest_product(patches[:, position], weight[channel].reshape(-1), ("input", "weight"))
        return (*operands, ("bias", float(bias[channel])))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of the sum over all patches that contain the number."""
        mark = np.zeros((1, self.image), grads[0].dtype)
        mark[0, index[1]] = 1
        ((_, patches),) = self._patches(mark)
        taps, positions = patches.nonzero()
        weight = parameters[0].reshape(self.out_image.channels, -1)[:, taps]
        grad = grads[0][index[0]].reshape(self.out_image.channels, -1)[:, positions]
        return largest_product(grad.reshape(-1), weight.reshape(-1), ("gradient", "weight"))

    def gradient_terms(self, number: int, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """Largest term of dL/dW, or of dL/db."""
        grad = _columns(grads[0], self.out_image)[index[0]]
        if number:
            return largest_term(grad)
        tap = int(np.ravel_multi_index(index[1:], (self.image.channels, self.size, self.size)))
        input_patches = np.concatenate([patches[tap].copy() for _, patches in self._patches(inputs[0])])
        return largest_product(grad, input_patches, ("gradient", "input"))


def _columns(rows: Array, image: Image) -> Array:
    """Images (samples, features) as (channels, samples x positions)."""
    planes = rows.reshape(len(rows), image.channels, -1)
    return planes.swapaxes(0, 1).reshape(image.channels, -1)


def _multiply(matrix: Array, patches: Array, rows: Array) -> None:
    """Write a product, (channels, samples x positions), into rows (samples, features)."""
    planes = rows.reshape(len(rows), len(matrix), -1)
    if len(rows) == 1 and planes.flags.c_contiguous:
        np.dot(matrix, patches, out=planes[0])
    else:
        planes[...] = np.dot(matrix, patches).reshape(len(matrix), len(rows), -1).swapaxes(0, 1)
