"""What the arrays of a stack tell by layer: moments, chain-rule factors, and how much underflowed."""

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add

import numpy as np

from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, flatnonzero, moments
from ..numerics.number_format import Format, count_underflows, underflow_risk
from ..results.factors import divided
from ..results.record import Measurements
from .stack_arrays import StackArrays
from .stack_layout import Layout


def measure_forward(graph: LayerGraph, arrays: StackArrays) -> Measurements:
    """Moments of preactivations, outputs, what the graph asks for, and all else that may hide an inf or NaN."""
    found = {name: arrays.moments(arrays.values[name]) for name in graph.measured}
    quantities: dict[str, Floats] = {}
    if graph.preactivation:
        quantities["preactivation_std"] = found[graph.preactivation[0]][..., STD]
    shape = found[graph.output].shape[:2]
    for quantity, (value, column) in graph.moments.items():
        size = 1 if value is None or column != ZEROS else arrays.values[value][0].size / arrays.steps
        quantities[quantity] = np.full(shape, np.nan) if value is None else found[value][..., column] / size
    nonfinite = _nonfinite(found.values())
    for number in graph.with_outcome:
        _, op = graph.ops[number]
        if (told := op.outcome(arrays.step_rows(arrays.saved[number]))) is not None:
            quantities |= arrays.by_layer_and_step(told.quantities)
            nonfinite += told.nonfinite.reshape(shape).sum(axis=1)
    for name, measure in graph.output_measures.items():
        quantities[name] = measure(arrays.by_step(arrays.values[graph.output]))
    return Measurements(quantities, found[graph.output], nonfinite)


def measure_backward(
    layout: Layout, arrays: StackArrays, parameters: Mapping[str, Array], rows: Array, form: Format
) -> Measurements:
    """Moments of the gradients, the factors that they make, and norms of weights; `rows` as `gradient_rows`."""
    graph, back = layout.graph, layout.backward
    tables = [arrays.moments(array) for array in arrays.gradient_arrays]
    gradients = {key: _row_moments(arrays.gradient_rows, *part) for key, part in graph.packed.items()}
    of_value = back.room.named(tables, back.values)
    below, above = of_value["in"], of_value[graph.output]
    quantities: dict[str, Floats] = {}
    for found, divide in ((back.spans, divided), (back.factors, np.divide)):
        for quantity, (first, last, root) in found.items():
            high, low = back.room.of(tables, (first, last))
            quantities[quantity] = divide(low[..., RMS], high[..., RMS]) * root
    underflowed = arrays.underflowed.copy()
    lost = {key: counts.copy() for key, counts in arrays.underflowed_in.items()}
    for number in graph.with_statistics:
        names, op = graph.ops[number]
        groups = arrays.saved[number], tuple(arrays.grads[name] for name in names), arrays.into[number]
        told = op.statistics(*map(arrays.step_rows, groups))
        quantities |= arrays.by_layer_and_step(told.quantities)
        if isinstance(told.underflowed, np.ndarray):
            underflowed += told.underflowed.reshape(underflowed.shape)
    for number, (names, op) in enumerate(graph.ops):
        if op.product and form.native:
            tops, through = of_value[names[-1]][..., MAX], back.room.of(tables, back.into[number][:1])[0]
            _count_underflows(graph, arrays, number, form, parameters, (tops, through), gradients, (underflowed, lost))
    quantities["underflow_fraction"] = underflowed * arrays.steps / max(back.stored, 1)
    weights: dict[str, Floats] = {}
    for prefix, (_, _, key) in graph.matrices.items():
        start, end = graph.packed[key]
        told_of = weight_norms(_row_moments(rows, start, end), gradients[key], end - start)
        told_of["underflow_fraction"] = lost[key] / (end - start)
        weights |= {prefix + name: values for name, values in told_of.items()}
    nonfinite = _nonfinite(back.room.of(tables, back.made))
    for table in gradients.values():
        nonfinite += table[:, NONFINITE]
    return Measurements(quantities, above, nonfinite, below, weights)


def _count_underflows(
    graph: LayerGraph, arrays: StackArrays, number: int, form: Format, parameters: Mapping[str, Array],
    told: tuple[Floats, Floats], gradients: Mapping[str, Floats], into: tuple[Floats, Mapping[str, Floats]],
) -> None:  # fmt: skip
    """Add what underflowed in the two products of an operation's backward pass, where its gradient is that small."""
    (names, op), (underflowed, lost) = graph.ops[number], into
    weight, grad, path = op.parameters[0].name, arrays.grads[names[-1]], arrays.into[number][0]
    top, through = told
    small = top < underflow_risk(form.dtype)
    if not small.any():
        return
    for index, step in zip(*(small & (top > 0)).nonzero(), strict=True):
        if through[index, step, ZEROS]:
            z, h = (arrays.by_step(array[index])[step] for array in (grad, path))
            underflowed[index, step] += count_underflows(form, z, parameters[weight][index], h, top[index, step])
    tops = top.max(axis=1)
    for matrix in (one for one in graph.matrices.values() if one.parameter == weight):
        for index in flatnonzero((tops > 0) & (tops < underflow_risk(form.dtype))):
            if gradients[matrix.packed][index, ZEROS]:
                made, inputs = arrays.gradients[weight][index], arrays.values[op.inputs[0]][index]
                part = matrix.rows
                lost[matrix.packed][index] = count_underflows(
                    form, grad[index][:, part].T, inputs, made[part], tops[index]
                )


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Floats]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = math.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }


def _nonfinite(tables: Iterable[Floats]) -> Floats:
    """How many numbers are not finite, by layer, of tables of moments (layers, steps, columns)."""
    found: Floats = reduce(add, (table[..., NONFINITE] for table in tables)).sum(axis=1)
    return found


def _row_moments(rows: Array, first: int, last: int) -> Floats:
    """Moments (layers, columns) of some columns of rows."""
    found = np.empty((len(rows), COLUMNS))
    moments(rows, found, first, last)
    return found
