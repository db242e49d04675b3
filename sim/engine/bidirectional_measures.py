"""Combines the measurements of both directions of a bidirectional layer, at each step in the order of time.

Quantities are pooled as if measured over both halves at once: the halves have equally many numbers.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step
from ..results.readings import DIRECTIONS, FORWARD, REVERSE, of_direction
from ..results.record import Measurements
from ..scenario.quantities import of_memory, quantities

Measure = Callable[[], Measurements]


def measure_forward(forward: Measure, reverse: Measure) -> Measurements:
    """Measurements of the forward pass: moments of h_out, both halves together."""
    return _combined(forward(), _in_time_order(reverse()))


def measure_backward(forward: Measure, reverse: Measure, grad_input: Array) -> Measurements:
    """Measurements of the backward pass: moments of the states' total derivatives, together and by direction.

    `grad_input` (steps, batch, fan-in) is the sum of both directions' dL/dh_in.
    """
    one, other = forward(), _in_time_order(reverse())
    both = _combined(one, other)
    quantities = {**both.quantities, FORWARD: one.output[..., RMS], REVERSE: other.output[..., RMS]}
    if cell := of_memory(both.quantities):
        ways = zip(DIRECTIONS, (one, other), strict=True)
        quantities |= {of_direction(direction, cell): measured.quantities[cell] for direction, measured in ways}
    moments = by_step(grad_input)[None]
    in_terms = one.grad_input[..., NONFINITE] + other.grad_input[..., NONFINITE]
    only_in_sum = np.maximum(moments[..., NONFINITE] - in_terms, 0).sum(axis=1)
    return replace(both, quantities=quantities, grad_input=moments, nonfinite=both.nonfinite + only_in_sum)


def _in_time_order(measured: Measurements) -> Measurements:
    """Measurements of the reverse direction, whose first step is the last in time, by step of time."""
    quantities, tops = ({name: values[:, ::-1] for name, values in table.items()}
                        for table in (measured.quantities, measured.factor_tops))  # fmt: skip
    grad_input = measured.grad_input[:, ::-1] if measured.grad_input.ndim > 1 else measured.grad_input
    return replace(
        measured, quantities=quantities, factor_tops=tops, output=measured.output[:, ::-1], grad_input=grad_input
    )


def _combined(one: Measurements, other: Measurements) -> Measurements:
    return Measurements(
        {name: _quantity(name, one, other) for name in one.quantities}, pooled(one.output, other.output),
        one.nonfinite + other.nonfinite, weights={**one.weights, **other.weights},
        evidence=replace(one.evidence, directions=(one.evidence, other.evidence)),
    )  # fmt: skip


def _quantity(name: str, one: Measurements, other: Measurements) -> Floats:
    """A quantity of both halves together: a chain-rule factor, a norm, a root mean square, or a mean."""
    a, b = one.quantities[name], other.quantities[name]
    if name in one.factor_tops:
        return _factor(a, b, one.factor_tops[name], other.factor_tops[name])
    squares = quantities()[name].squares
    if squares:
        return np.hypot(a, b) if squares == "sum" else _root_mean(a, b)
    return (a + b) / 2


def _factor(a: Floats, b: Floats, top_a: Floats, top_b: Floats) -> Floats:
    """The factor of both, from each direction's factor and its denominator `top`, the norm of its output gradient.

    ||(a top_a, b top_b)|| / ||(top_a, top_b)||, so that a direction without gradient leaves the other's factor.
    """
    grad_inputs = (np.where(top == 0, 0, factor * top) for factor, top in ((a, top_a), (b, top_b)))
    quotient: Floats = np.hypot(*grad_inputs) / np.hypot(top_a, top_b)
    return quotient


def _root_mean(a: Floats, b: Floats) -> Floats:
    mean: Floats = np.hypot(a, b) / np.sqrt(2)
    return mean


def pooled(a: Floats, b: Floats) -> Floats:
    """Moments (..., columns) of two sets of equally many numbers taken together."""
    moments = np.empty_like(a)
    moments[..., MEAN] = (a[..., MEAN] + b[..., MEAN]) / 2
    moments[..., STD] = np.hypot(_root_mean(a[..., STD], b[..., STD]), (a[..., MEAN] - b[..., MEAN]) / 2)
    moments[..., RMS] = _root_mean(a[..., RMS], b[..., RMS])
    moments[..., MAX] = np.maximum(a[..., MAX], b[..., MAX])
    for column in (ZEROS, NONFINITE):
        moments[..., column] = a[..., column] + b[..., column]
    return moments
