"""Mean-field theory's curves on a sweep's map: the edge of chaos and the trainable depth."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from ..errors import UserError
from ..scenario.axis_spec import Axis
from ..text import format_number
from ..theory.mean_field import TRAINS, MeanField
from ..theory.of_scenario import theory_of
from .answer import key_word
from .sweep import Sweep

DEPTH = "network.depth"
EDGE, TRAINABLE = "edge", "depth"  # names of lines
MOST = 400  # values of an axis
HALVINGS = 16
ROUNDING = 1e-9  # |chi_1 - 1| below it counts as the edge
SOURCE = "Schoenholz et al. 2017"
Line = list[tuple[float, float]]


def lines(sweep: Sweep) -> Mapping[str, Line]:
    """The theory's curves by name, as (fractional) indices along x and y; empty but for a map."""
    if sweep.y is None:
        return {}
    curves: dict[str, Line] = {EDGE: [], TRAINABLE: []}
    across = 0 if sweep.y.key == DEPTH else 1 if sweep.x.key == DEPTH else None
    if across is None:
        for y in range(len(sweep.y) if sweep.x.ordered else 0):
            curves[EDGE] += [(at, float(y)) for at in _crossings(_along(sweep, 0, y))]
    else:
        depths, theory = sweep.axes[1 - across], _along(sweep, across, 0)
        crossed = _crossings(theory) if sweep.axes[across].ordered else []  # between two names there is nothing
        edges = [(at, float(i)) for at in crossed for i in range(len(depths))]
        trains = [(float(i), at) for i, one in enumerate(theory)
                  if one is not None and (at := _index(depths, one.trainable_depth)) is not None]  # fmt: skip
        curves = {EDGE: edges, TRAINABLE: trains}
        if across == 1:
            curves = {name: [(y, x) for x, y in line] for name, line in curves.items()}
    return {name: line for name, line in curves.items() if line}


def summary(sweep: Sweep) -> str:
    """The theory's result in a sentence; empty where it does not apply."""
    along = next((i for i, axis in enumerate(sweep.axes) if axis.key != DEPTH and axis.ordered), None)
    if along is None:
        one = _along(sweep, 0, 0)[0] if len(sweep.axes) == 1 and sweep.x.key == DEPTH else None
        if one is None or not math.isfinite(one.xi):
            return ""
        return (f"theory ({SOURCE}): {_word(one)}, chi_1 = {format_number(one.chi)} a layer; networks train up to "
                f"about {TRAINS} xi = {format_number(one.trainable_depth)} layers")  # fmt: skip
    if len(sweep.axes) == 2 and sweep.axes[1 - along].key != DEPTH:
        return ""
    axis, theory = sweep.axes[along], _along(sweep, along, 0)
    edges = [f"{_edge(sweep, along, at):.4g}" for at in _crossings(theory)]
    if edges:
        return f"theory ({SOURCE}): the edge of chaos is at {key_word(axis)} {', '.join(edges)}"
    words = {None if one is None else _word(one) for one in theory}
    word = words.pop() if len(words) == 1 else None
    return f"theory ({SOURCE}): all of it is {word}" if word else ""


def _along(sweep: Sweep, axis: int, other: int) -> list[MeanField | None]:
    """The theory at each value of an axis (0: x), at index `other` of the other axis; it does not depend on depth."""
    theories: list[MeanField | None] = []
    for index in range(min(len(sweep.axes[axis]), MOST)):
        if theories and sweep.axes[axis].key == DEPTH:
            theories.append(theories[0])
            continue
        index_pair = (index, other) if axis == 0 else (other, index)
        try:
            theories.append(theory_of(sweep.scenario_at(sweep.number(*index_pair[: len(sweep.axes)]))))
        except UserError:
            theories.append(None)
    return theories


def _crossings(theory: list[MeanField | None]) -> list[float]:
    """The fractional indices at which chi_1 crosses or is 1; empty if it is 1 everywhere."""
    sides = [None if one is None or one.chi <= 0 else _side(one.chi) for one in theory]
    if not any(sides):  # the edge everywhere, or no theory
        return []
    crossings = []
    for i, (low, high) in enumerate(pairwise([*sides, None])):
        if low is not None and high is not None and low * high < 0:
            crossings.append(i + low / (low - high))
        elif low == 0:
            crossings.append(float(i))
    return crossings


def _side(chi: float) -> float:
    """The logarithm of chi_1: below 0 in order, above 0 in chaos, and exactly 0 within ROUNDING of the edge."""
    return 0.0 if abs(chi - 1) < ROUNDING else math.log(chi) if chi > 0 else -math.inf


def _word(theory: MeanField) -> str:
    side = _side(theory.chi)
    return "order" if side < 0 else "chaos" if side > 0 else "at the edge of chaos"


def _edge(sweep: Sweep, along: int, at: float) -> float:
    """The value at which chi_1 is 1 near a fractional index, by bisection between the neighbouring values."""
    axis, start = sweep.axes[along], int(at)
    if start == at:
        return float(axis.values[start])
    origin = sweep.scenario_at(sweep.number(*((start, 0) if along == 0 else (0, start))[: len(sweep.axes)]))
    low, high = float(axis.values[start]), float(axis.values[start + 1])
    rises: bool | None = None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        try:
            first, theory = theory_of(origin), theory_of(origin.edit({axis.key: middle}))
        except UserError:  # a key of whole numbers
            break
        if first is None or theory is None:
            break
        rises = first.chi < 1 if rises is None else rises
        low, high = (middle, high) if (theory.chi < 1) == rises else (low, middle)
    return (low + high) / 2 if rises is not None else _value(axis, at)


def _index(axis: Axis, value: float) -> float | None:
    """The fractional index of a value on an axis of numbers; None beyond its ends."""
    if not axis.ordered:
        return None
    index = float(np.interp(value, axis.values, range(len(axis)), left=math.nan, right=math.nan))
    return None if math.isnan(index) else index


def _value(axis: Axis, index: float) -> float:
    """The value at a fractional index; interpolated in logarithms if the axis is logarithmic."""
    values = np.log(axis.values) if axis.logarithmic else axis.values
    value = np.interp(index, range(len(axis)), values)
    return float(np.exp(value) if axis.logarithmic else value)
