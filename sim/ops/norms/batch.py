"""Batch norm: each feature to mean 0 and variance 1 over the batch."""

import math

import numpy as np

from ...numerics.arrays import Array, Matrix, Table
from ...numerics.kernel import kernel

ALSO = ("batch_norm", "bn", "batch_norm_1d", "batch_normalization")
READ = (
    "It divides out the size of the weights but couples the samples: in deep ReLU nets the gradient grows about 1.2 "
    "times a layer, and a batch of 2 is too small."
)
SOURCE = (
    "Ioffe & Szegedy 2015, algorithm 1; Yang et al. 2019, A mean field theory of batch normalization; "
    "torch.nn.BatchNorm1d"
)
PARAMETERS = {"eps": (1e-5, 0.0, 1.0)}
ACTIVE = True
BIAS = True
MINIMUM_BATCH = 2


def resolve(_features: int) -> tuple[()]:
    """Arguments of `forward` and `backward`: none."""
    return ()


def inverse_shape(_rows: int, features: int) -> tuple[int, int]:
    """Shape of the inverse standard deviations, one for each feature: (1, features)."""
    return 1, features


def forward(z: Array, normalised: Array, inverse: Array, eps: float) -> None:
    """Write normalised z, both (rows, features), and 1 / std of each column (1, features)."""
    _forward(z, normalised, inverse, np.zeros((2, z.shape[1])), eps)


def backward(normalised: Array, inverse: Array, grad: Array, out: Array) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): of each column without mean and part along normalised."""
    _backward(normalised, inverse, grad, out, np.zeros((2, grad.shape[1])))


# Kernels allocate nothing: what numba needs for it takes 0.1 s to import, at each start.


@kernel
def _forward(z: Matrix, normalised: Matrix, inverse: Matrix, sums: Table, eps: float) -> None:
    """`forward`, with zeroed working memory `sums` (2, features)."""
    rows, features = z.shape
    mean, scale = sums[0], sums[1]
    for i in range(rows):
        for j in range(features):
            mean[j] += z[i, j]
    for j in range(features):
        mean[j] /= rows
    for i in range(rows):
        for j in range(features):
            scale[j] += (z[i, j] - mean[j]) ** 2
    for j in range(features):
        scale[j] = 1 / math.sqrt(scale[j] / rows + eps)
        inverse[0, j] = scale[j]
    for i in range(rows):
        for j in range(features):
            normalised[i, j] = (z[i, j] - mean[j]) * scale[j]


@kernel
def _backward(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix, sums: Table) -> None:
    """`backward`, with zeroed working memory `sums` (2, features)."""
    rows, features = grad.shape
    mean, along = sums[0], sums[1]
    for i in range(rows):
        for j in range(features):
            mean[j] += grad[i, j]
            along[j] += np.float64(grad[i, j]) * normalised[i, j]
    for j in range(features):
        mean[j] /= rows
        along[j] /= rows
    for i in range(rows):
        for j in range(features):
            out[i, j] = inverse[0, j] * (grad[i, j] - mean[j] - normalised[i, j] * along[j])


@kernel
def forward_images(z: Matrix, normalised: Matrix, inverse: Matrix, channels: int, eps: float) -> None:
    """Write normalised images, both (rows, channels x positions), and 1 / std of each channel (1, channels)."""
    rows, size = z.shape[0], z.shape[1] // channels
    for c in range(channels):
        total = 0.0
        for i in range(rows):
            plane = z[i][c * size : (c + 1) * size]
            for j in range(size):
                total += plane[j]
        mean, total = total / (rows * size), 0.0
        for i in range(rows):
            plane = z[i][c * size : (c + 1) * size]
            for j in range(size):
                total += (plane[j] - mean) ** 2
        scale = 1 / math.sqrt(total / (rows * size) + eps)
        inverse[0, c] = scale
        for i in range(rows):
            plane, out = z[i][c * size : (c + 1) * size], normalised[i][c * size : (c + 1) * size]
            for j in range(size):
                out[j] = (plane[j] - mean) * scale


@kernel
def backward_images(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix, channels: int) -> None:
    """From dL/dnormalised to dL/dz of images, all (rows, channels x positions)."""
    rows, size = grad.shape[0], grad.shape[1] // channels
    for c in range(channels):
        mean, along = 0.0, 0.0
        for i in range(rows):
            plane, x = grad[i][c * size : (c + 1) * size], normalised[i][c * size : (c + 1) * size]
            for j in range(size):
                mean += plane[j]
                along += np.float64(plane[j]) * x[j]
        mean, along, scale = mean / (rows * size), along / (rows * size), np.float64(inverse[0, c])
        for i in range(rows):
            plane, x = grad[i][c * size : (c + 1) * size], normalised[i][c * size : (c + 1) * size]
            target = out[i][c * size : (c + 1) * size]
            for j in range(size):
                target[j] = scale * (plane[j] - mean - x[j] * along)
