"""Measurements of a stack's passes by layer: moments, chain-rule factors, norms of weights, underflows."""

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, flatnonzero, moments
from ..numerics.number_format import Format, count_underflows, underflow_risk
from ..results.factors import divided
from ..results.record import Measurements
from .stack_memory import BackwardLayout, Layout, StackArrays


def measure_forward(graph: LayerGraph, arrays: StackArrays) -> Measurements:
    """Measurements of the forward pass: moments of preactivations and outputs, and the graph's own quantities."""
    tables = {name: arrays.moments(arrays.values[name]) for name in graph.measured}
    quantities: dict[str, Floats] = {}
    if graph.preactivation:
        quantities["preactivation_std"] = tables[graph.preactivation[0]][..., STD]
    shape = tables[graph.output].shape[:2]
    for quantity, (value, column) in graph.moments.items():
        size = 1 if value is None or column != ZEROS else arrays.values[value][0].size / arrays.steps
        quantities[quantity] = np.full(shape, np.nan) if value is None else tables[value][..., column] / size
    nonfinite = _nonfinite(tables.values())
    for number in graph.with_forward_statistics:
        _, op = graph.ops[number]
        if (statistics := op.forward_statistics(arrays.step_rows(arrays.saved[number]))) is not None:
            quantities |= arrays.by_layer_and_step(statistics.quantities)
            nonfinite += statistics.nonfinite.reshape(shape).sum(axis=1)
    for name, measure in graph.output_measures.items():
        quantities[name] = measure(arrays.by_step(arrays.values[graph.output]))
    return Measurements(quantities, tables[graph.output], nonfinite)


def measure_backward(
    layout: Layout, arrays: StackArrays, parameters: Mapping[str, Array], packed: Array, form: Format
) -> Measurements:
    """Measurements of the backward pass: moments of gradients, chain-rule factors, norms of weights and gradients.

    `packed` (layers, numbers) are the learned parameters, packed as `arrays.packed_gradients` are.
    """
    graph, back = layout.graph, layout.backward
    tables = [arrays.moments(array) for array in arrays.all_grads]
    gradients = {key: _column_moments(arrays.packed_gradients, *part) for key, part in graph.packed.items()}
    of_value = back.arena.named_views(tables, back.grads)
    quantities, underflowed = _factors(back, tables), arrays.underflowed.copy()
    in_parameters = {key: counts.copy() for key, counts in arrays.underflowed_parameters.items()}
    for number in graph.with_backward_statistics:
        names, op = graph.ops[number]
        groups = arrays.saved[number], tuple(arrays.grads[name] for name in names), arrays.path_grads[number]
        statistics = op.backward_statistics(*map(arrays.step_rows, groups))
        quantities |= arrays.by_layer_and_step(statistics.quantities)
        if isinstance(statistics.underflowed, np.ndarray):
            underflowed += statistics.underflowed.reshape(underflowed.shape)
    for number, (names, op) in enumerate(graph.ops):
        if not (op.product and form.native):
            continue
        top, path = of_value[names[-1]][..., MAX], back.arena.views(tables, back.path_grads[number][:1])[0]
        if not (top < underflow_risk(form.dtype)).any():
            continue
        key = op.parameters[0].name
        product = _Product(arrays.values[op.inputs[0]], parameters[key], arrays.grads[names[-1]],
                           arrays.path_grads[number][0], arrays.gradients[key])  # fmt: skip
        underflowed += _grad_input_underflows(form, arrays, product, top, path[..., ZEROS])
        for matrix in (one for one in graph.matrices.values() if one.parameter == key):
            zeros = gradients[matrix.packed][:, ZEROS]
            in_parameters[matrix.packed] = _grad_weight_underflows(form, product, matrix.rows, top.max(axis=1), zeros)
    quantities["underflow_fraction"] = underflowed * arrays.steps / max(back.stored, 1)
    weights: dict[str, Floats] = {}
    for prefix, (_, _, key) in graph.matrices.items():
        start, end = graph.packed[key]
        norms = weight_norms(_column_moments(packed, start, end), gradients[key], end - start)
        norms["underflow_fraction"] = in_parameters[key] / (end - start)
        weights |= {prefix + name: values for name, values in norms.items()}
    nonfinite = _nonfinite(back.arena.views(tables, back.computed))
    for table in gradients.values():
        nonfinite += table[:, NONFINITE]
    return Measurements(quantities, of_value[graph.output], nonfinite, of_value["in"], weights)


def _factors(back: BackwardLayout, tables: list[Floats]) -> dict[str, Floats]:
    """Chain-rule factors (layers, steps) by quantity; `tables` are moments of all gradients."""
    quantities: dict[str, Floats] = {}
    for factors, divide in ((back.spans, divided), (back.factors, np.divide)):
        for quantity, (grad_output, grad_input, root) in factors.items():
            of_output, of_input = back.arena.views(tables, (grad_output, grad_input))
            quantities[quantity] = divide(of_input[..., RMS], of_output[..., RMS]) * root
    return quantities


class _Product(NamedTuple):
    """The arrays (layers, ...) of a matrix product z = x W^T: its backward pass is two products with dL/dz."""

    inputs: Array  # x
    weight: Array
    grad_output: Array  # dL/dz
    grad_input: Array  # dL/dx = dL/dz W
    grad_weight: Array  # dL/dW = dL/dz^T x


def _grad_input_underflows(form: Format, arrays: StackArrays, product: _Product, top: Floats, zeros: Floats) -> Floats:
    """Numbers of dL/dx that underflowed; `top`: largest |dL/dz|, `zeros`: zeros in dL/dx, all (layers, steps)."""
    counts = np.zeros(top.shape)
    for index, step in zip(*((top > 0) & (top < underflow_risk(form.dtype)) & (zeros > 0)).nonzero(), strict=True):
        left, out = (arrays.by_step(array[index])[step] for array in (product.grad_output, product.grad_input))
        counts[index, step] = count_underflows(form, left, product.weight[index], out, top[index, step])
    return counts


def _grad_weight_underflows(form: Format, product: _Product, rows: slice, top: Floats, zeros: Floats) -> Floats:
    """Numbers (layers,) of some rows of dL/dW that underflowed; `top`: largest |dL/dz|, `zeros`: zeros in dL/dW."""
    counts = np.zeros(top.shape)
    for index in flatnonzero((top > 0) & (top < underflow_risk(form.dtype)) & (zeros > 0)):
        left, out = product.grad_output[index][:, rows].T, product.grad_weight[index][rows]
        counts[index] = count_underflows(form, left, product.inputs[index], out, top[index])
    return counts


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Floats]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = math.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }


def _nonfinite(tables: Iterable[Floats]) -> Floats:
    """Counts (layers,) of non-finite numbers, from tables of moments (layers, steps, columns)."""
    counts: Floats = reduce(add, (table[..., NONFINITE] for table in tables)).sum(axis=1)
    return counts


def _column_moments(rows: Array, first: int, last: int) -> Floats:
    """Moments (layers, columns) of some columns of rows."""
    out = np.empty((len(rows), COLUMNS))
    moments(rows, out, first, last)
    return out
