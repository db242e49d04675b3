"""One layer as a block, and norms of weights."""

from typing import Any

import numpy as np

from ..numerics.arrays import Floats
from ..numerics.moments import RMS


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Any]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = np.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }
