"""Histograms of one layer's arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..numerics.arrays import Array


@dataclass(frozen=True)
class Histogram:
    """Counts of the finite values of an array between edges (one more than counts)."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


@dataclass(frozen=True)
class Inspection:
    """Histograms of one layer: preactivation, activation, slope and gradient."""

    layer: int
    histograms: Mapping[str, Histogram]


BINS = 40


def histogram(array: Array) -> Histogram:
    """Histogram of an array's finite values in BINS equal bins between their smallest and largest.

    Values too near each other for that many bins are counted in the middle one, and all edges are the smallest value.
    """
    values = array[np.isfinite(array)].astype(np.float64)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    scale = max(-low, high) or 1.0  # in units of the largest, since NumPy's bins need room for their widths
    if (np.diff(np.linspace(low / scale, high / scale, BINS + 1)) <= 0).any():
        counts = np.zeros(BINS, np.int64)
        counts[BINS // 2] = values.size
        return Histogram(counts, np.full(BINS + 1, low))
    counts, edges = np.histogram(values / scale, bins=BINS, range=(low / scale, high / scale))
    return Histogram(counts, edges * scale)
