"""A table of layers and steps brought to the cells of a heatmap: means of blocks, and levels or marks of the means."""

import numpy as np
from numpy.typing import NDArray

from ....sim.numerics.arrays import Floats
from .colour_scale import Ladder
from .grid import Axes

MARKS = {-4: "-inf", -3: "zero", -2: "inf", -1: "NaN"}  # cells without a place on the ladder


def downsample(table: Floats, log: bool, rows: int, columns: int) -> Floats:
    """The table (layers, steps) with at most so many rows and columns: a cell that stands for several is their mean.

    Of a logarithmic quantity it is the mean of the exponents. NaN and inf outlast the mean; zeros do not, unless
    there is nothing else.
    """
    with np.errstate(all="ignore"):
        values = np.where(table < 0, np.nan, np.log10(table)) if log else table
    for axis, cells in ((1, columns), (0, rows)):
        values = _means(values, axis, cells, log)
    return values


def _means(values: Floats, axis: int, cells: int, log: bool) -> Floats:
    """Means over blocks along an axis, if it is longer than there are cells."""
    n = values.shape[axis]
    if n <= cells:
        return values
    starts = -((cells - 2 * np.arange(cells) * n) // (2 * cells))
    passed = np.isneginf(values) if log else np.zeros(values.shape, dtype=bool)
    total = np.add.reduceat(np.where(passed, 0.0, values), starts, axis=axis)
    count = np.add.reduceat((~passed).astype(np.float64), starts, axis=axis)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), -np.inf))


def cell_levels(condensed: Floats, ladder: Ladder, axes: Axes) -> NDArray[np.int64]:
    """The level of every cell, or the negative code of a mark."""
    zero = -3 if axes.log else -4
    kinds = [np.isnan(condensed), np.isposinf(condensed), np.isneginf(condensed)]
    with np.errstate(all="ignore"):
        level = np.floor((condensed / ladder.size - ladder.low / ladder.size) / (ladder.step / ladder.size) + 1e-9)
    level = np.clip(np.where(np.isfinite(level), level, 0), 0, ladder.count - 1)
    return np.select(kinds, [-1, -2, zero], level).astype(np.int64)
