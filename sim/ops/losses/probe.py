"""Probe: a fixed random direction, which isolates what depth itself does."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("random_direction",)
READ = "Nothing is learnt from it: its gradient at the output is that direction, whatever the output is."
SOURCE = "Griewank & Walther 2008, Evaluating Derivatives, chapter 3: a vector times the Jacobian"
READOUT = False
TARGET = "direction"
OVER_STEPS = "sum"  # reduction over the steps that the loss sees; "mean" if not declared


def value_and_gradient(output: Array, target: Array) -> tuple[float, Array]:
    """sum(target * output) / batch, and its gradient; output and target (batch, width)."""
    batch = len(output)
    with np.errstate(all="ignore"):
        return float(np.multiply(target, output, dtype=np.float64).sum()) / batch, target / batch
