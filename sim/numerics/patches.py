"""Patches of images as columns of a matrix (im2col), and the sum of such columns back into images (col2im).

Images are padded first, so that each row of a patch is contiguous.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .arrays import Array, Matrix
from .image import Image
from .kernel import kernel


def patches_of(
    images: Array, image: Image, size: int, wraps: bool, stride: int = 1, samples: int = 1
) -> Iterator[tuple[slice, Array]]:
    """Patches (channels x size x size, samples x positions) of images (n, features), some samples at a time.

    The next ones overwrite the same array.
    """
    channels, height, width = image.shape
    padded = Image(channels, height + size - 1, width + size - 1)
    taps, positions = channels * size**2, ((height - 1) // stride + 1) * ((width - 1) // stride + 1)
    room, edges = room_of(min(samples, len(images)), padded, taps * positions, images.dtype)
    for first in range(0, len(images), samples):
        part = slice(first, first + samples)
        some = np.ascontiguousarray(images[part])
        _pad(some, edges[: len(some)], image, size // 2, wraps)
        patches = room[: taps * len(some) * positions].reshape(taps, -1)
        gather(edges[: len(some)], patches, *padded.shape, size, stride)
        yield part, patches


def room_of(samples: int, padded: Image, patches: int, dtype: "np.dtype[Any]") -> tuple[Array, Array]:
    """Buffers for the patches of some samples (`patches` numbers each), and zeros for their padded images."""
    return np.empty(samples * patches, dtype), np.zeros((samples, padded), dtype)


def _pad(images: Array, padded: Array, image: Image, edge: int, wraps: bool) -> None:
    """Pad images (n, features) on each side, circularly or with the zeros that are there already."""
    if wraps:
        wrap(images, padded, *image.shape, edge)
        return
    channels, height, width = image.shape
    inside = padded.reshape(-1, channels, height + 2 * edge, width + 2 * edge)[:, :, edge : edge + height, edge:]
    inside[..., :width] = images.reshape(-1, *image.shape)


@kernel
def wrap(images: Matrix, padded: Matrix, channels: int, height: int, width: int, edge: int) -> None:
    """Pad images (n, channels x height x width) circularly on each side."""
    tall, wide = height + 2 * edge, width + 2 * edge
    for n in range(images.shape[0]):
        for c in range(channels):
            source = images[n, c * height * width : (c + 1) * height * width]
            target = padded[n, c * tall * wide : (c + 1) * tall * wide]
            for i in range(tall):
                y, row = i - edge, target[i * wide : (i + 1) * wide]
                pixels = source[(y % height) * width : (y % height + 1) * width]
                for j in range(width):
                    row[edge + j] = pixels[j]
                for j in range(edge):
                    row[j] = pixels[(j - edge) % width]
                    row[edge + width + j] = pixels[j % width]


@kernel
def add_edges(padded: Matrix, images: Matrix, channels: int, height: int, width: int, edge: int, wraps: int) -> None:
    """The transpose of `pad`: the inside, and circular edges added to where they came from."""
    tall, wide = height + 2 * edge, width + 2 * edge
    for n in range(images.shape[0]):
        for c in range(channels):
            source = padded[n, c * tall * wide : (c + 1) * tall * wide]
            target = images[n, c * height * width : (c + 1) * height * width]
            for i in range(height):
                came, row = source[(edge + i) * wide : (edge + i + 1) * wide], target[i * width : (i + 1) * width]
                for j in range(width):
                    row[j] = came[edge + j]
            if not wraps:
                continue
            for i in range(tall):
                y, came = (i - edge) % height, source[i * wide : (i + 1) * wide]
                row = target[y * width : (y + 1) * width]
                if i < edge or i >= edge + height:
                    for j in range(width):
                        row[j] += came[edge + j]
                for j in range(edge):
                    row[(j - edge) % width] += came[j]
                    row[j % width] += came[edge + width + j]


@kernel
def gather(padded: Matrix, patches: Matrix, channels: int, tall: int, wide: int, size: int, stride: int) -> None:
    """im2col: patches (channels x size x size, n x positions) of padded images (n, channels x tall x wide)."""
    rows, columns = (tall - size) // stride + 1, (wide - size) // stride + 1
    for c in range(channels):
        for tap in range(size * size):
            target = patches[c * size * size + tap]
            for n in range(padded.shape[0]):
                plane = padded[n, c * tall * wide : (c + 1) * tall * wide]
                positions = target[n * rows * columns : (n + 1) * rows * columns]
                for i in range(rows):
                    start = (i * stride + tap // size) * wide + tap % size
                    source, row = plane[start : start + stride * columns], positions[i * columns : (i + 1) * columns]
                    if stride == 1:
                        for j in range(columns):
                            row[j] = source[j]
                    else:
                        for j in range(columns):
                            row[j] = source[j * stride]


@kernel
def scatter(patches: Matrix, padded: Matrix, channels: int, tall: int, wide: int, size: int, stride: int) -> None:
    """col2im: each padded image as the sum of its patches."""
    rows, columns = (tall - size) // stride + 1, (wide - size) // stride + 1
    for n in range(padded.shape[0]):
        for c in range(channels):
            plane = padded[n, c * tall * wide : (c + 1) * tall * wide]
            for i in range(tall * wide):
                plane[i] = 0.0
            for tap in range(size * size):
                positions = patches[c * size * size + tap][n * rows * columns : (n + 1) * rows * columns]
                for i in range(rows):
                    start = (i * stride + tap // size) * wide + tap % size
                    target, row = plane[start : start + stride * columns], positions[i * columns : (i + 1) * columns]
                    if stride == 1:
                        for j in range(columns):
                            target[j] += row[j]
                    else:
                        for j in range(columns):
                            target[j * stride] += row[j]
