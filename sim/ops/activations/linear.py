"""Linear: u itself, no nonlinearity."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("identity", "none", "no", "id")
READ = "A network of nothing else is one matrix, so this is the case that can be worked out by hand."
SOURCE = "torch.nn.Identity"


def value(u: Array, out: Array) -> None:
    """Write u, shape (n,), into out."""
    np.copyto(out, u)


def slope(_u: Array, _a: Array, out: Array) -> None:
    """Write the slope, 1 everywhere, into out, shape (n,)."""
    out.fill(1.0)


def largest_slope() -> float:
    """Supremum of |slope|."""
    return 1.0


def gain() -> float:
    """He gain: PyTorch's calculate_gain("linear")."""
    return 1.0
