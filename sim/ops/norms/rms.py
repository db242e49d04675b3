"""RMS norm: each sample to root mean square 1 over its features, with its mean left in."""

import math

import numpy as np

from ...numerics.arrays import Matrix
from ...numerics.kernel import kernel

ALSO = ("rms_norm", "root_mean_square")
READ = "It is cheaper than layer norm, and as good in most transformers."
SOURCE = "Zhang & Sennrich 2019, Root mean square layer normalization; torch.nn.RMSNorm with eps 1e-5"
PARAMETERS = {"eps": (1e-5, 0.0, 1.0)}
ACTIVE = True
BIAS = False


def resolve(_features: int) -> tuple[()]:
    """Arguments of `forward` and `backward`: none."""
    return ()


def inverse_shape(rows: int, _features: int) -> tuple[int, int]:
    """Shape of the inverse root mean squares: one for each sample."""
    return rows, 1


@kernel
def forward(z: Matrix, normalised: Matrix, inverse: Matrix, eps: float) -> None:
    """Write normalised z, both (rows, features), and 1 / rms of each row (rows, 1)."""
    rows, features = z.shape
    for i in range(rows):
        total = 0.0
        for j in range(features):
            total += np.float64(z[i, j]) * z[i, j]
        scale = 1 / math.sqrt(total / features + eps)
        inverse[i, 0] = scale
        for j in range(features):
            normalised[i, j] = z[i, j] * scale


@kernel
def backward(normalised: Matrix, inverse: Matrix, grad: Matrix, out: Matrix) -> None:
    """From dL/dnormalised to dL/dz, all (rows, features): of each row without the part along normalised."""
    rows, features = grad.shape
    for i in range(rows):
        along = 0.0
        for j in range(features):
            along += np.float64(grad[i, j]) * normalised[i, j]
        along, scale = along / features, np.float64(inverse[i, 0])
        for j in range(features):
            out[i, j] = scale * (grad[i, j] - normalised[i, j] * along)
