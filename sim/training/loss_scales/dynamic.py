"""Dynamic: halved when a gradient overflows, doubled after an interval without; a float32, as PyTorch's is."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("auto", "automatic", "grad_scaler", "amp")
READ = "It finds the largest scale that works, at the price of an update skipped now and then."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2; torch.amp.GradScaler"
ADJUSTS = True
PARAMETERS = {"initial": (65536.0, 1e-30, 1e30), "interval": (2000, 1, 1_000_000)}
GROWTH = 2.0
BACKOFF = 0.5


def start(initial: float, interval: int) -> float:
    """The scale of the first update."""
    return _float32(initial)


def unscale(gradients: Array, scale: float) -> None:
    """Multiply gradients (n,) by the scale's inverse in float32, which is inf of a scale below 2^-128, in place."""
    gradients *= np.float32(1 / np.float64(scale))


def adjust(scale: float, clean: int, broken: bool, initial: float, interval: int) -> tuple[float, int, bool]:
    """The next scale, the finite updates in a row, and whether to skip this update, whose gradient is `broken`.

    It does not grow beyond float32, and backs off to 0 in the end.
    """
    if broken:
        return _float32(scale * BACKOFF), 0, True
    if clean + 1 < interval:
        return scale, clean + 1, False
    grown = _float32(scale * GROWTH)
    return (grown if np.isfinite(grown) else scale), 0, False


def _float32(value: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.float32(value))
