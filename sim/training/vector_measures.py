"""Measures of vectors of parameters and gradients: norms of their parts, cosine, and the share that is not finite."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, NONFINITE, RMS, dot, moments


class Group(NamedTuple):
    """Parts of a vector that lie one after the other, and the runs of equal ones among them (see `runs`)."""

    part: slice
    runs: Sequence[tuple[slice, int]]


def groups(parts: Sequence[slice], most: int) -> list[Group]:
    """Parts of a vector that lie one after the other, in groups of at most so many numbers or of a single part."""
    grouped: list[list[slice]] = []
    for part in parts:
        if grouped and part.stop - grouped[-1][0].start <= most:
            grouped[-1].append(part)
        else:
            grouped.append([part])
    return [Group(slice(several[0].start, several[-1].stop), runs(several)) for several in grouped]


def runs(parts: Sequence[slice]) -> list[tuple[slice, int]]:
    """Parts of a vector that lie one after the other, those of equal size together: where, and how many."""
    several = [[*several_parts] for _, several_parts in groupby(parts, key=lambda part: part.stop - part.start)]
    return [(slice(run[0].start, run[-1].stop), len(run)) for run in several]


def norms(vector: Array, runs: Sequence[tuple[slice, int]]) -> Floats:
    """The norms of the parts of a vector, which are measured run by run."""
    by_run: list[Floats] = []
    for where, count in runs:
        size = (where.stop - where.start) // count
        out = np.zeros((count, COLUMNS))
        if size:
            moments(vector[where].reshape(count, size), out)
        by_run.append(out[:, RMS] * np.sqrt(size))
    return np.concatenate(by_run)


def measure(array: Array) -> tuple[float, float]:
    """The Euclidean norm of a vector in float64, and the share of its numbers that are not finite."""
    if not array.size:
        return 0.0, 0.0
    out = np.empty((1, COLUMNS))
    moments(array.reshape(1, -1), out)
    return float(out[0, RMS] * np.sqrt(array.size)), float(out[0, NONFINITE] / array.size)


def share_not_finite(array: Array) -> float:
    """Of the numbers of a vector."""
    return float((array.size - np.count_nonzero(np.isfinite(array))) / max(array.size, 1))


def cosine(one: Array, other: Array, norms: tuple[float, float]) -> float:
    """Between two vectors of known norms; nan if one is 0 or not finite."""
    out = np.empty((1, 1))
    with np.errstate(all="ignore"):
        scales = 1 / np.array(norms)  # so that no product overflows
    dot(one, other, float(scales[0]), float(scales[1]), out)
    return float(out[0, 0])
