"""What gated cells share: statistics of gates that lie in memory gate by gate."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..numerics.arrays import Array, Matrix, Table
from ..numerics.kernel import kernel
from .activate import SATURATED
from .operands import Index

# a sigmoid's slope s (1 - s) is below 5% of 1/4, and tanh's 1 - g^2 below 5% of 1, outside these ends
ENDS = {
    "sigmoid": ((1 - math.sqrt(1 - SATURATED)) / 2, (1 + math.sqrt(1 - SATURATED)) / 2),
    "tanh": (-math.sqrt(1 - SATURATED), math.sqrt(1 - SATURATED)),
}


def gate_statistics(gates: Array, names: Sequence[str], shapes: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Mean and saturated share of each gate by step; gates (steps, gates x batch, width), shapes sigmoid or tanh."""
    steps, count = len(gates), len(names)
    rows = gates.reshape(steps * count, -1)
    found = np.empty((len(rows), 2))
    sum_and_count_outside(rows, np.array([ENDS[shape] for shape in shapes]), found)
    means, shares = (found / rows.shape[1]).reshape(steps, count, 2).transpose(2, 0, 1)
    told = {"saturated_fraction": shares.mean(axis=1)}
    for k, name in enumerate(names):
        told |= {f"gate_{name}_mean": means[:, k], f"gate_{name}_saturated": shares[:, k]}
    return told


def by_unit(gates: Array, names: str, index: Index) -> dict[str, float]:
    """By name all gates (gates x batch, width) of one unit of one sample."""
    row, column = index
    return {name: float(gates[k * (len(gates) // len(names)) + row, column]) for k, name in enumerate(names)}


def in_torch_order(gates: Array, count: int) -> Array:
    """Gates (steps, gates x batch, width) as (steps, batch, gates x width)."""
    steps, rows, width = gates.shape
    return gates.reshape(steps, count, rows // count, width).transpose(0, 2, 1, 3).reshape(steps, rows // count, -1)


@kernel
def sum_and_count_outside(x: Matrix, ends: Table, out: Table) -> None:
    """Sum of each row (rows, n), and how many lie outside the ends of its gate, row modulo gates; out (rows, 2)."""
    rows, n = x.shape
    for r in range(rows):
        low, high = ends[r % ends.shape[0], 0], ends[r % ends.shape[0], 1]
        total, count = 0.0, 0
        for i in range(n):
            value = np.float64(x[r, i])
            total += value
            count += (value < low) | (value > high)
        out[r, 0] = total
        out[r, 1] = count
