"""The first non-finite number of a pass: which array of which operation, and its operands."""

import numpy as np

from ..network.layer import Operation
from ..results.nonfinite import Nonfinite


def locate(operation: Operation, phase: str, layer: int, form: str) -> Nonfinite:
    """The number of an operation's array that was the first not to be finite: of the last step on the way back."""
    array = operation.array
    broken = np.argwhere(~np.isfinite(array))
    row = broken[:, 0].min() if phase != "backward" else broken[:, 0].max()
    index = tuple(int(i) for i in broken[broken[:, 0] == row][0])
    with np.errstate(all="ignore"):
        terms, exact = operation.met(index) if operation.met is not None else ((), np.nan)
    return Nonfinite(phase, layer, int(row) + operation.first + 1, operation.name, operation.array_name, index[1:],
                     float(array[index]), terms, exact, form)  # fmt: skip
