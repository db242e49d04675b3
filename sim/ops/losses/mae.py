"""Mean absolute error over batch and outputs."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("l1", "mean_absolute_error", "absolute_error", "l1_loss")
READ = "Its gradient has the same size however large the error, and jumps at 0."
SOURCE = "torch.nn.L1Loss"
READOUT = True
TARGET = "value"


def value_and_gradient(output: Array, target: Array) -> tuple[float, Array]:
    """The mean of |differences|, and its gradient, 0 of 0 and NaN as in PyTorch; output, target (batch, outputs)."""
    with np.errstate(all="ignore"):
        difference = output - target
        signs = np.subtract(difference > 0, difference < 0, dtype=difference.dtype)
        return float(np.abs(difference, dtype=np.float64).mean()), signs / difference.size


def constant_output(target: Array) -> Array:
    """The constant output (outputs,) with the least loss: the median of targets (rows, outputs)."""
    return np.asarray(np.median(target, axis=0))


def constant_loss(target: Array) -> float:
    """The loss of the best constant output, the median over samples of each number of the target (samples, ...)."""
    with np.errstate(all="ignore"):  # of a user's numbers
        shifted = target - target[0]
        return float(np.abs(shifted - np.median(shifted, axis=0)).mean())
