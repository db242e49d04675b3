"""Layer norm: each sample to mean 0 and variance 1 over its features."""

import math

import numpy as np

from ...numerics.arrays import Matrix
from ...numerics.kernel import kernel

ALSO = ("layer_norm", "ln", "layer_normalization")
READ = (
    "It needs no batch and works the same in training and in use; it divides the gradient by the spread of what "
    "comes in."
)
SOURCE = "Ba, Kiros & Hinton 2016, Layer normalization, equation 3; torch.nn.LayerNorm"
PARAMETERS = {"eps": (1e-5, 0.0, 1.0)}
ACTIVE = True
BIAS = True


def resolve(_features: int) -> tuple[()]:
    """Arguments of `forward` and `backward`: none."""
    return ()


def inverse_shape(rows: int, _features: int) -> tuple[int, int]:
    """Shape of the inverse standard deviations: one for each sample."""
    return rows, 1


@kernel
def forward(z: Matrix, normalised: Matrix, inverse: Matrix, eps: float) -> None:
    """Write normalised z, both (rows, features), and 1 / std of each row (rows, 1)."""
    rows, features = z.shape
    for i in range(rows):
        total = 0.0
        for j in range(features):
            total += z[i, j]
        mean, total = total / features, 0.0
        for j in range(features):
            total += (z[i, j] - mean) ** 2
        scale = 1 / math.sqrt(total / features + eps)
        inverse[i, 0] = scale
        for j in range(features):
            normalised[i, j] = (z[i, j] - mean) * scale


@kernel
def backward(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): of each row without mean and part along normalised."""
    rows, features = grad.shape
    for i in range(rows):
        mean, along = 0.0, 0.0
        for j in range(features):
            mean += grad[i, j]
            along += np.float64(grad[i, j]) * normalised[i, j]
        mean, along, scale = mean / features, along / features, np.float64(inverse[i, 0])
        for j in range(features):
            out[i, j] = scale * (grad[i, j] - mean - normalised[i, j] * along)
