"""The first non-finite number of a pass: which array of which operation, and its operands."""

from collections.abc import Iterable

import numpy as np

from ..network.layer import Operation
from ..results.nonfinite import Nonfinite
from ..results.record import Record


def locate(operation: Operation, phase: str, layer: int, form: str) -> Nonfinite:
    """The number of an operation's array that was the first not to be finite: of the last step in the backward pass."""
    array = operation.array
    broken = np.argwhere(~np.isfinite(array))
    row = broken[:, 0].min() if phase != "backward" else broken[:, 0].max()
    index = tuple(int(i) for i in broken[broken[:, 0] == row][0])
    with np.errstate(all="ignore"):
        terms, exact = operation.operands(index) if operation.operands is not None else ((), np.nan)
    return Nonfinite(phase, layer, int(row) + operation.first + 1, operation.name, operation.array_name, index[1:],
                     float(array[index]), terms, exact, form)  # fmt: skip


def note_nonfinite(record: Record, phase: str, layer: int, operations: Iterable[Operation]) -> None:
    """Locate the first number that is not finite, unless one was before."""
    if record.first_nonfinite is not None:
        return
    if (made := next((made for made in operations if not np.isfinite(made.array).all()), None)) is not None:
        record.first_nonfinite = locate(made, phase, layer, record.format)
