"""Mean squared error over batch and outputs."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("l2", "mean_squared_error", "squared_error", "mse_loss")
READ = "Its gradient grows with the error, so one outlier can decide the step."
SOURCE = "torch.nn.MSELoss"
READOUT = True
TARGET = "value"
USUAL = True


def value_and_gradient(output: Array, target: Array) -> tuple[float, Array]:
    """The mean of squared differences, and its gradient; output and target (batch, outputs)."""
    with np.errstate(all="ignore"):
        difference = output - target
        return float(np.square(difference, dtype=np.float64).mean()), difference * (2 / difference.size)


def constant_output(target: Array) -> Array:
    """The constant output (outputs,) with the least loss: the mean of targets (rows, outputs)."""
    return np.asarray(target.mean(axis=0))


def constant_loss(target: Array) -> float:
    """The loss of the best constant output: the variance over samples of each number of the target (samples, ...)."""
    with np.errstate(all="ignore"):  # of a user's numbers
        shifted = target - target[0]  # else the mean of equal numbers would differ from them by its rounding
        return float(np.square(shifted - shifted.mean(axis=0)).mean())
