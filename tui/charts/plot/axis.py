"""Limits, ticks and labels of a y axis. Values never reach plotext unscaled, so no range can overflow it."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ....sim.numerics.arrays import Floats
from .grid import Axes

LABEL_WIDTH = 6  # "1e-308"
LEAST_DECADES = 2  # a healthy profile should look flat, not like mountains
LEAST_ROWS = 4  # of data, beside which there may be rows for what has no place on the axis
CROWDED, SPARSE = 0.85, 0.7  # of their worth are axes with a label in every row, or with two, or rows without any
FAR = 4  # rows between labels, from which on they are far apart


class Scale(NamedTuple):
    """The rows of a plot: limits at the middle of the lowest and the highest of `rows` rows, and where labels stand.

    `above` and `below` say whether a row beyond them is kept for what has no place; `ticks` are (row from 0 below,
    label), `minor` rows of whole decades between them.
    """

    axes: Axes
    rows: int
    above: bool
    below: bool
    ticks: tuple[tuple[int, str], ...]
    minor: tuple[int, ...] = ()


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


def fit_rows(axes: Axes, rows: int, above: bool = False, below: bool = False) -> Scale:
    """The ticks of round values that stand equally far apart on `rows` rows, the limits among them.

    `above` and `below` ask for a row for what has no place on the axis; there is none where rows are few.
    """
    lanes = (above, below) if rows - above - below >= LEAST_ROWS else (False, False)
    room = rows - sum(lanes)
    tried = [plan for step in _steps(axes, room) if (plan := _plan(axes, step, room)) is not None]
    if tried:
        chosen = max(tried, key=_worth)
        ticks = tuple(
            (i * chosen.each, _label(axes.log, chosen.first + i, chosen.step)) for i in range(chosen.intervals + 1)
        )
        low, high = chosen.first * chosen.step, (chosen.first + chosen.intervals) * chosen.step
        last, whole = chosen.intervals * chosen.each, axes.log and chosen.step % chosen.each == 0
        minor = tuple(row for row in range(last) if whole and row % chosen.each)
        return Scale(Axes(axes.name, axes.log, low, high), last + 1, *lanes, ticks, minor)
    ends = [(0, axes.low), *([(room - 1, axes.high)] if room > 1 else [])]
    texts = tuple((row, f"1e{int(value):+03d}" if axes.log else label(value)) for row, value in ends)
    return Scale(axes, max(room, 1), *lanes, texts)


class _Plan(NamedTuple):
    """Ticks at multiples of a step: the first, how many intervals, rows in each, and the rows that the data get."""

    step: float
    first: int
    intervals: int
    each: int
    cover: float


def _worth(plan: _Plan) -> float:
    """The rows that the data get, less where labels stand too close or too far apart."""
    sparse = plan.intervals == 1 or plan.each > FAR
    return plan.cover * (CROWDED if plan.each == 1 else SPARSE if sparse else 1)


def _plan(axes: Axes, step: float, rows: int) -> _Plan | None:
    low, high = axes.low / step, axes.high / step
    if not math.isfinite(low) or not math.isfinite(high):
        return None
    first = math.floor(low + 1e-9)
    count = max(math.ceil(high - 1e-9) - first, 1)
    each = (rows - 1) // count
    if each < 1 or not math.isfinite((first + count) * step):
        return None
    return _Plan(step, first, count, each, (high - low) * each)


def _steps(axes: Axes, rows: int) -> Iterator[float]:
    """The round steps that come into question."""
    if axes.log:
        yield from (float(n * 10**e) for e in range(3) for n in (1, 2, 3, 5))
        return
    spread = axes.high / 2 - axes.low / 2  # the difference itself may overflow
    if rows > 1 and spread > 0:
        start = math.floor(math.log10(spread) - math.log10(rows))
        for e in range(start, start + 5):
            yield from (step for n in (1, 2, 5) if 0 < (step := n * _power(e)) < math.inf)


def _power(exponent: int) -> float:
    try:
        return float(f"1e{exponent}")  # 10.0**-3 is not 0.001
    except OverflowError:
        return math.inf


def _label(log: bool, number: int, step: float) -> str:
    """The label of a multiple of a step."""
    if log:
        return f"1e{int(number * step):+03d}"
    digits = max(-math.floor(math.log10(step) + 1e-9), 0)
    plain = f"{number * step:.{digits}f}" if digits < LABEL_WIDTH else ""
    return plain if 0 < len(plain) <= LABEL_WIDTH else label(number * step)


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


def label(value: float, width: int = LABEL_WIDTH) -> str:
    """A number in at most so many characters (from six on)."""
    texts = [
        f"{value:.3g}",
        *([f"{value:.0f}"] if 1 <= abs(value) < 10.0**width else []),
        f"{value:.2g}",
        f"{value:.1g}",
    ]
    return next(
        (text for text in texts if len(text) <= width), "~0" if abs(value) < 1 else "huge" if value > 0 else "-huge"
    )
