"""Keras's general rule: variance scale / n, where n is fan-in, fan-out or their mean; three distributions."""

import math

import numpy as np

from ...numerics.arrays import Array
from ...numerics.random_matrices import truncated_normal
from ..init_context import InitContext

ALSO = ("variance", "varscaling")
READ = "Scale 1 over fan-in is LeCun's rule, scale 2 over fan-in is He's, scale 1 over the mean is Xavier's."
SOURCE = "keras.initializers.VarianceScaling"
PARAMETERS = {
    "scale": (1.0, 0.0, 1000000.0),
    "mode": ("fan_in", "fan_out", "fan_avg"),
    "distribution": ("truncated_normal", "untruncated_normal", "uniform"),
}
MATRICES = 6  # float64 arrays of its size at once, while rejected numbers are drawn again

_LEFT = 0.87962566103423978  # the standard deviation of a standard Gaussian cut at -2 and 2


def weights(
    rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, scale: float, mode: str,
    distribution: str,
) -> Array:  # fmt: skip
    """A matrix (fan-out, fan-in) of independent numbers; a truncated normal has that variance after truncation."""
    fans_out = fan_out * context.taps
    fan = {"fan_in": fan_in, "fan_out": fans_out, "fan_avg": (fan_in + fans_out) / 2}[mode]
    std, shape = math.sqrt(scale / fan), (fan_out, fan_in)
    if distribution == "uniform":
        return std * math.sqrt(3) * rng.uniform(-1, 1, shape)
    if distribution == "untruncated_normal":
        return std * rng.standard_normal(shape)
    return std / _LEFT * truncated_normal(rng, shape, 2.0)
