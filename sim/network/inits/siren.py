"""SIREN's: uniform between +-1/fan-in in the first layer, between +-sqrt(6/fan-in)/w0 in the others."""

import math

import numpy as np

from ...numerics.arrays import Array
from ..init_context import InitContext

ALSO = ("sine", "sitzmann")
READ = "It keeps the spread of what goes into the sines the same in every layer, at any depth."
SOURCE = (
    "Sitzmann, Martel, Bergman, Lindell & Wetzstein 2020, Implicit neural representations, section 3.2, and its program"
)
PARAMETERS = {"w0": (None, 0.001, 1000.0)}


def weights(rng: np.random.Generator, fan_out: int, fan_in: int, context: InitContext, w0: float | None) -> Array:
    """A matrix (fan-out, fan-in) of independent uniform numbers; w0 is the activation's own unless given, or 1."""
    w0 = context.activation.get("w0", 1.0) if w0 is None else w0
    bound = 1 / fan_in if context.first else math.sqrt(6 / fan_in) / w0
    return bound * rng.uniform(-1, 1, (fan_out, fan_in))
