"""Limits, ticks and labels of a y axis. Values never reach plotext unscaled, so no range can overflow it."""

import math

import numpy as np

from ....sim.numerics.arrays import Floats
from .grid import Axes

LABEL_WIDTH = 6  # "1e-308"
LEAST_DECADES = 2  # a healthy profile should look flat, not like mountains


def fit(name: str, log: bool, values: Floats, full: tuple[float, float] | None, old: Axes | None) -> Axes:
    """Limits for all values: the old ones if they still fit, so that a live chart does not jump."""
    good = values[np.isfinite(values)]
    if log:
        low, high = _decades(np.log10(good[good > 0]))
    else:
        low, high = _linear(good, full)
    if old is not None and (old.name, old.log) == (name, log) and _keeps(old, low, high):
        return old
    return Axes(name, log, low, high)


def fit_all(name: str, log: bool, tables: list[Floats], full: tuple[float, float] | None, old: Axes | None) -> Axes:
    """Limits for several tables: every layer and step counts, so that a moving cursor does not move the axis."""
    ends = [end for table in tables if (good := _good(table, log)).size for end in (good.min(), good.max())]
    return fit(name, log, np.array(ends, dtype=np.float64), full, old)


def _good(table: Floats, log: bool) -> Floats:
    good = table[np.isfinite(table)]
    return good[good > 0] if log else good


def fractions(axes: Axes, values: Floats) -> Floats:
    """Where values stand between the limits, 0 to 1; NaN for what has no place on the axis."""
    with np.errstate(all="ignore"):
        y = np.log10(values) if axes.log else values
        y = np.where(np.isfinite(y), y, np.nan)
        size = max(abs(axes.low), abs(axes.high))  # divide first: the difference itself may overflow
        low, high = axes.low / size, axes.high / size
        return np.asarray((y / size - low) / (high - low), dtype=np.float64)


def ticks(axes: Axes, rows: int) -> list[tuple[float, str]]:
    """Fractions and labels of round values, at most one to every second row."""
    most = max(2, rows // 2)
    if axes.log:
        step = max(1, math.ceil((axes.high - axes.low) / (most - 1)))
        values = np.arange(axes.low, axes.high + 0.5, step)
        return [((v - axes.low) / (axes.high - axes.low), f"1e{int(v):+03d}") for v in values]
    return _round_ticks(axes, most)


def _keeps(old: Axes, low: float, high: float) -> bool:
    inside = old.low <= low and high <= old.high
    return inside and high / 2 - low / 2 >= 0.5 * (old.high / 2 - old.low / 2)


def _decades(exponents: Floats) -> tuple[float, float]:
    if not exponents.size:
        return -1.0, 1.0
    least, most = float(exponents.min()), float(exponents.max())
    low, high = math.floor(least), math.ceil(most)
    while high - low < LEAST_DECADES:
        if high - most <= least - low:
            high += 1
        else:
            low -= 1
    return float(low), float(high)


def _linear(good: Floats, full: tuple[float, float] | None) -> tuple[float, float]:
    edges = [0.0, *(full or ())]
    if good.size:
        edges += [float(good.min()), float(good.max())]
    low, high = min(edges), max(edges)
    return (low, high) if high > low else (low, low + 1.0)


def _round_ticks(axes: Axes, most: int) -> list[tuple[float, str]]:
    size = max(abs(axes.low), abs(axes.high))
    low, high = axes.low / size, axes.high / size
    rough = (high - low) * max(size, 5e-324) / (most - 1) if (high - low) * size < math.inf else size
    if rough == 0:
        return [(0.0, label(axes.low)), (1.0, label(axes.high))]
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next((decade * n for n in (1, 2, 5) if decade * n >= rough * 0.999), decade * 10)
    if not 0 < step < math.inf:
        return [(0.0, label(axes.low)), (1.0, label(axes.high))]
    first, last = math.ceil(axes.low / step), math.floor(axes.high / step)
    return [((n * (step / size) - low) / (high - low), label(n * step)) for n in range(first, last + 1)]


def label(value: float, width: int = LABEL_WIDTH) -> str:
    """A number in at most so many characters (from six on)."""
    texts = [f"{value:.{digits}g}" for digits in (3, 2, 1)]
    return next(
        (text for text in texts if len(text) <= width), "~0" if abs(value) < 1 else "huge" if value > 0 else "-huge"
    )
