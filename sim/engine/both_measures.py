"""What both directions of a layer tell together, at each step of time."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step
from ..results.readings import DIRECTIONS, FORWARD, REVERSE, of_direction
from ..results.record import Evidence, Measurements
from ..scenario.quantities import of_memory, quantities

EMPTY = np.empty((0, 0, 0))
Measure = Callable[[], Measurements]


def together_forward(ahead: Measure, back: Measure) -> Measurements:
    """Of the outputs."""
    return _together(ahead(), _in_time(back()))


def together_backward(ahead: Measure, back: Measure, grad_input: Array) -> Measurements:
    """Of the total derivatives of the states, of each direction too, and of what is handed down."""
    one, other = ahead(), _in_time(back())
    both = _together(one, other)
    quantities = {**both.quantities, FORWARD: one.output[..., RMS], REVERSE: other.output[..., RMS]}
    if cell := of_memory(both.quantities):
        ways = zip(DIRECTIONS, (one, other), strict=True)
        quantities |= {of_direction(way, cell): measured.quantities[cell] for way, measured in ways}
    below = by_step(grad_input)[None]
    alone = one.grad_input[..., NONFINITE] + other.grad_input[..., NONFINITE]
    sums = np.maximum(below[..., NONFINITE] - alone, 0).sum(axis=1)  # what only their sum makes
    return replace(both, quantities=quantities, grad_input=below, nonfinite=both.nonfinite + sums)


def _in_time(measured: Measurements) -> Measurements:
    """What is told by step in the order of reading from the end, by step of time."""
    quantities, tops = ({name: values[:, ::-1] for name, values in table.items()}
                        for table in (measured.quantities, measured.factor_tops))  # fmt: skip
    below = measured.grad_input[:, ::-1] if measured.grad_input.ndim > 1 else measured.grad_input
    return replace(measured, quantities=quantities, factor_tops=tops, output=measured.output[:, ::-1], grad_input=below)


def _together(one: Measurements, other: Measurements) -> Measurements:
    by_name = {name: _quantity(name, one, other) for name in one.quantities}
    return Measurements(
        by_name, pooled(one.output, other.output), one.nonfinite + other.nonfinite,
        weights={**one.weights, **other.weights}, evidence=_evidence(one.evidence, other.evidence),
    )  # fmt: skip


def _evidence(one: Evidence, other: Evidence) -> Evidence:
    return replace(one, directions=(one, other))


def _quantity(name: str, one: Measurements, other: Measurements) -> Floats:
    """Of as many numbers each: what both make of the gradients that they get together, a size of all, or a mean."""
    a, b = one.quantities[name], other.quantities[name]
    if name in one.factor_tops:
        return _factor(a, b, one.factor_tops[name], other.factor_tops[name])
    squares = quantities()[name].squares
    if squares:
        return np.hypot(a, b) if squares == "sum" else _root_mean(a, b)
    return (a + b) / 2


def _factor(a: Floats, b: Floats, above_a: Floats, above_b: Floats) -> Floats:
    """sqrt(made^2 + made^2) / sqrt(above^2 + above^2); where nothing comes to one, that of the other."""
    made = (np.where(above == 0, 0, factor * above) for factor, above in ((a, above_a), (b, above_b)))
    quotient: Floats = np.hypot(*made) / np.hypot(above_a, above_b)
    return quotient


def _root_mean(a: Floats, b: Floats) -> Floats:
    mean: Floats = np.hypot(a, b) / np.sqrt(2)
    return mean


def pooled(a: Floats, b: Floats) -> Floats:
    """Moments (..., columns) of two sets of as many numbers each as those of all."""
    moments = np.empty_like(a)
    moments[..., MEAN] = (a[..., MEAN] + b[..., MEAN]) / 2
    moments[..., STD] = np.hypot(_root_mean(a[..., STD], b[..., STD]), (a[..., MEAN] - b[..., MEAN]) / 2)
    moments[..., RMS] = _root_mean(a[..., RMS], b[..., RMS])
    moments[..., MAX] = np.maximum(a[..., MAX], b[..., MAX])
    for column in (ZEROS, NONFINITE):
        moments[..., column] = a[..., column] + b[..., column]
    return moments
