"""Batch norm: each feature to mean 0 and variance 1 over the batch."""

import math

import numpy as np

from ..kernel import Matrix, kernel

SOURCE = "Ioffe & Szegedy 2015, algorithm 1; torch.nn.BatchNorm1d in training mode"
ACTIVE = True
BIAS = True
MINIMUM_BATCH = 2
EPS = 1e-5


def resolve(_features: int) -> tuple[()]:
    """What the kernels take: nothing."""
    return ()


def inverse_shape(_rows: int, features: int) -> tuple[int, int]:
    """Shape of the inverse standard deviations: one for each feature."""
    return 1, features


@kernel
def forward(z: Matrix, normalised: Matrix, inverse: Matrix) -> None:
    """Normalise z (rows, features); also writes 1 / std of each column (1, features)."""
    rows, features = z.shape
    mean, scale = np.zeros(features), np.zeros(features)
    for i in range(rows):
        for j in range(features):
            mean[j] += z[i, j]
    for j in range(features):
        mean[j] /= rows
    for i in range(rows):
        for j in range(features):
            scale[j] += (z[i, j] - mean[j]) ** 2
    for j in range(features):
        scale[j] = 1 / math.sqrt(scale[j] / rows + EPS)
        inverse[0, j] = scale[j]
    for i in range(rows):
        for j in range(features):
            normalised[i, j] = (z[i, j] - mean[j]) * scale[j]


@kernel
def pull(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): column by column as layer norm does by rows."""
    rows, features = grad.shape
    mean, along = np.zeros(features), np.zeros(features)
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
