"""Huber: half the squared error up to delta, linear beyond; mean over batch and outputs."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("smooth_l1", "huber_loss", "smooth_l1_loss")
READ = "Its gradient is bounded by delta, so single large errors do not decide the step."
SOURCE = "Huber 1964, Robust estimation of a location parameter; torch.nn.HuberLoss"
READOUT = True
TARGET = "value"
PARAMETERS = {"delta": (1.0, 1e-06, 1000000.0)}

_BISECTIONS = 60


def value_and_gradient(output: Array, target: Array, delta: float) -> tuple[float, Array]:
    """The mean of delta (|r| - delta / 2), or r^2 / 2 if |r| < delta, and its gradient; both (batch, outputs)."""
    with np.errstate(all="ignore"):
        difference = output - target
        return _mean(difference, delta), np.clip(difference, -delta, delta) / difference.size


def constant_output(target: Array, delta: float) -> Array:
    """The constant output (outputs,) with the least loss on targets (rows, outputs), by bisection."""
    return np.asarray(target[0] + _minimiser(target - target[0], delta)[0])


def constant_loss(target: Array, delta: float) -> float:
    """The loss of the best constant output for targets (samples, ...), where the clipped differences sum to 0.

    Solved by bisection for each number of the target, since the sum grows monotonically with the output.
    """
    with np.errstate(all="ignore"):  # of a user's numbers
        shifted = target - target[0]
        return min(_mean(shifted - end, delta) for end in _minimiser(shifted, delta))


def _minimiser(shifted: Array, delta: float) -> tuple[Array, Array]:
    """Lower and upper end (outputs,) of the bisection's last interval around the constant with the least loss."""
    low, high = shifted.min(axis=0), shifted.max(axis=0)
    for _ in range(_BISECTIONS):
        middle = low / 2 + high / 2
        above = np.clip(middle - shifted, -delta, delta).sum(axis=0) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return low, high


def _mean(difference: Array, delta: float) -> float:
    size = np.abs(difference, dtype=np.float64)
    return float(np.where(size < delta, size * size / 2, delta * (size - delta / 2)).mean())
