"""Batch norm: each feature to mean 0 and variance 1 over the batch."""

import math

import numpy as np

from ...numerics.arrays import Array, Matrix, Table
from ...numerics.kernel import kernel

ALSO = ("batch_norm", "bn", "batch_norm_1d", "batch_normalization")
SOURCE = "Ioffe & Szegedy 2015, algorithm 1; torch.nn.BatchNorm1d in training mode"
PARAMETERS = {"eps": (1e-5, 0.0, 1.0)}
ACTIVE = True
BIAS = True
MINIMUM_BATCH = 2


def resolve(_features: int) -> tuple[()]:
    """What the kernels take: nothing."""
    return ()


def inverse_shape(_rows: int, features: int) -> tuple[int, int]:
    """Shape of the inverse standard deviations: one for each feature."""
    return 1, features


def forward(z: Array, normalised: Array, inverse: Array, eps: float) -> None:
    """Normalise z (rows, features); also writes 1 / std of each column (1, features)."""
    _forward(z, normalised, inverse, np.zeros((2, z.shape[1])), eps)


def backward(normalised: Array, inverse: Array, grad: Array, out: Array) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): column by column as layer norm does by rows."""
    _backward(normalised, inverse, grad, out, np.zeros((2, grad.shape[1])))


# To make arrays is not for the kernels: what numba needs for it takes 0.1 s to import, at each start.


@kernel
def _forward(z: Matrix, normalised: Matrix, inverse: Matrix, sums: Table, eps: float) -> None:
    """Sums (2, features) are 0 at first."""
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
    """Sums (2, features) are 0 at first."""
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
