"""Did a signal or a gradient become exactly zero because the number format is too narrow, or because nothing passes?"""

import numpy as np

from .kernel import Array
from .layer import Layer


def fades_by_rounding(layer: Layer, grad: Array) -> bool:
    """True if a layer that pulled a gradient back to exactly 0 would pass some of it on in wider numbers.

    The one step is done again in float64 with the gradient scaled to 1, so that only true zeros stay zero.
    """
    top = np.abs(grad).max()
    if not np.isfinite(top):
        return False
    twin = layer.twin()
    twin.forward(layer.entered.astype(np.float64))
    return bool(twin.pull(grad.astype(np.float64) / float(top)).any())


def signal_fades_by_rounding(layer: Layer) -> bool:
    """True if a layer that put out only zeros would put out something else in wider numbers."""
    return bool(layer.entered.any()) and bool(layer.twin().forward(layer.entered.astype(np.float64)).any())
