"""Group norm: each sample to mean 0 and variance 1 over each group of neighbouring features."""

import math

import numpy as np

from ...numerics.arrays import Matrix
from ...numerics.kernel import kernel

ALSO = ("group_norm", "gn")
READ = "It lies between layer norm (one group) and instance norm (one channel a group), and needs no batch."
SOURCE = "Wu & He 2018, Group normalization; torch.nn.GroupNorm"
PARAMETERS = {"groups": (None, 1, 16384), "eps": (1e-5, 0.0, 1.0)}
DIVIDES_FEATURES = ("groups",)
ACTIVE = True
BIAS = True

_UNITS = 8


def resolve(features: int, groups: int | None) -> tuple[int]:
    """The number of groups; by default the most up to 8 that divide the features into 8 or more each, or else 1.

    Of two features a norm leaves only the sign of their difference, of three only an angle.
    """
    return (groups or max(n for n in range(1, 9) if n == 1 or (features % n == 0 and features // n >= _UNITS)),)


def inverse_shape(rows: int, _features: int, groups: int) -> tuple[int, int]:
    """Shape of the inverse standard deviations: one for each sample and group."""
    return rows, groups


@kernel
def forward(z: Matrix, normalised: Matrix, inverse: Matrix, groups: int, eps: float) -> None:
    """Write normalised z, both (rows, features), and 1 / std of each group of each row (rows, groups)."""
    blocks, size = z.shape[0] * groups, z.shape[1] // groups
    source, target, scales = (
        z.reshape(blocks, size),
        normalised.reshape(blocks, size),
        inverse.reshape(blocks),
    )
    for i in range(blocks):
        total = 0.0
        for j in range(size):
            total += source[i, j]
        mean, total = total / size, 0.0
        for j in range(size):
            total += (source[i, j] - mean) ** 2
        scale = 1 / math.sqrt(total / size + eps)
        scales[i] = scale
        for j in range(size):
            target[i, j] = (source[i, j] - mean) * scale


@kernel
def backward(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix, groups: int) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): of each group without mean and part along normalised."""
    blocks, size = grad.shape[0] * groups, grad.shape[1] // groups
    x, scales = normalised.reshape(blocks, size), inverse.reshape(blocks)
    source, target = grad.reshape(blocks, size), out.reshape(blocks, size)
    for i in range(blocks):
        mean, along = 0.0, 0.0
        for j in range(size):
            mean += source[i, j]
            along += np.float64(source[i, j]) * x[i, j]
        mean, along, scale = mean / size, along / size, np.float64(scales[i])
        for j in range(size):
            target[i, j] = scale * (source[i, j] - mean - x[i, j] * along)
