"""What the arrays of a stack tell by layer: moments, chain-rule factors, and how much underflowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero, moments
from ..numerics.number_format import Format
from ..numerics.underflow import count_underflows, underflow_risk
from ..ops.base import Arrays, Lane, Op
from ..results.measurements import Measurements


@dataclass
class StackArrays:
    """Of the last pass of a stack, all (layers, ...)."""

    input: Array = field(default_factory=lambda: np.empty((0, 0)))  # (batch, fan-in) of the first layer
    iteration: int = 0  # of training
    values: dict[str, Array] = field(default_factory=dict)  # of the graph, by name
    saved: list[Arrays] = field(default_factory=list)  # by operation
    grads: dict[str, Array] = field(default_factory=dict)  # of the values
    into: list[Arrays] = field(default_factory=list)  # by operation the gradients of its inputs, along this one path
    gradients: dict[str, Array] = field(default_factory=dict)  # of the learned parameters
    gradient_rows: Array = field(default_factory=lambda: np.empty((0, 0)))  # the same, (layers, numbers)
    underflowed: Floats = field(default_factory=lambda: np.empty(0))  # numbers of `into` that rounding made 0
    underflowed_in: dict[str, Floats] = field(default_factory=dict)  # the same of each parameter's gradient

    def written(self, number: int, op: Op) -> Arrays:
        """The arrays that an operation's backward writes, each once."""
        return written(op, self.into[number])

    def by_layer(self, name: str, output: str) -> Lane:
        """A value (batch, features) by layer; what enters a layer is what its neighbour puts out."""
        return self.values[name] if name != "in" else [self.input, *self.values[output][:-1]]


def measure_forward(graph: LayerGraph, arrays: StackArrays) -> Measurements:
    """Moments of preactivations and outputs, and of all else that may hide an inf or NaN."""
    found = {name: by_step(arrays.values[name]) for name in {*graph.told, *graph.preactivation}}
    first = graph.preactivation[:1]
    quantities = {"preactivation_std": found[first[0]][:, STD, None]} if first else {}
    nonfinite = np.sum([table[:, NONFINITE] for table in found.values()], axis=0)
    return Measurements(quantities, found[graph.output][:, None], nonfinite)


def measure_backward(
    graph: LayerGraph, arrays: StackArrays, parameters: Mapping[str, Array], rows: Array, form: Format
) -> Measurements:
    """Moments of the gradients, the factors that they make, and norms of weights; `rows` as `gradient_rows`."""
    tables = _gradient_moments(graph, arrays)
    gradients = {key: _row_moments(arrays.gradient_rows, *part) for key, part in graph.packed.items()}
    below, above = tables[id(arrays.grads["in"])], tables[id(arrays.grads[graph.output])]
    quantities: dict[str, Floats] = {}
    underflowed, stored = arrays.underflowed.copy(), 0
    lost = {key: counts.copy() for key, counts in arrays.underflowed_in.items()}
    quantities |= factors(graph, arrays.grads, arrays.into, tables)
    for number, (names, op) in enumerate(graph):
        into, grad = arrays.into[number], arrays.grads[names[-1]]
        stored += sum(array[0].size for array in arrays.written(number, op))
        told = op.statistics(arrays.saved[number], tuple(arrays.grads[name] for name in names), into)
        quantities |= told.quantities
        underflowed += told.underflowed
        if op.product and form.native:
            weight = op.parameters[0].name
            top, through, table = tables[id(grad)][:, MAX], tables[id(into[0])], gradients[weight]
            for index in flatnonzero((top > 0) & (top < underflow_risk(form.dtype))):
                z = grad[index]
                if through[index, ZEROS]:
                    underflowed[index] += count_underflows(
                        form, z, parameters[weight][index], into[0][index], top[index]
                    )
                if table[index, ZEROS]:
                    made, inputs = arrays.gradients[weight][index], arrays.by_layer(op.inputs[0], graph.output)[index]
                    lost[weight][index] = count_underflows(form, z.T, inputs, made, top[index])
    stored += sum(arrays.grads[name][0].size for name in graph.widths if name in graph.summed)
    quantities["underflow_fraction"] = underflowed / max(stored, 1)
    weights: dict[str, Floats] = {}
    for prefix, key in graph.matrices.items():
        first, last = graph.packed[key]
        told_of = weight_norms(_row_moments(rows, first, last), gradients[key], last - first)
        told_of["underflow_fraction"] = lost[key] / (last - first)
        weights |= {prefix + name: values for name, values in told_of.items()}
    nonfinite = np.sum([table[:, NONFINITE] for table in (*tables.values(), *gradients.values())], axis=0)
    nonfinite -= above[:, NONFINITE] * (below is not above)  # what came from above is counted there
    steps = {name: values[:, None] for name, values in quantities.items()}
    return Measurements(steps, above[:, None], nonfinite, below[:, None], weights)


def factors(
    graph: LayerGraph, grads: Mapping[str, Array], into: Sequence[Arrays], tables: Mapping[int, Floats]
) -> dict[str, Floats]:
    """Chain-rule factors: what operations that share one make together, ||gradient of the first|| / ||of the last||."""
    found: dict[str, Floats] = {}
    if graph.preactivation:
        passed_on = tables[id(grads[graph.preactivation[-1]])][:, RMS]
        found = {
            f"{name}_factor": passed_on / passed_on for name in graph.factors
        }  # where no operation makes one: 1 or nan
    above: dict[str, Array] = {}
    for number, (names, op) in reversed(list(enumerate(graph))):
        if op.factor is not None:
            top, path = above.setdefault(op.factor, grads[names[-1]]), into[number][0]
            sizes = np.sqrt(path[0].size / top[0].size)
            found[f"{op.factor}_factor"] = tables[id(path)][:, RMS] / tables[id(top)][:, RMS] * sizes
    return found


def weight_norms(weight: Floats, grad: Floats, size: int) -> dict[str, Floats]:
    """Norms from moments (layers, columns) of weight matrices of `size` numbers, and of their gradients."""
    root = np.sqrt(size)
    return {
        "weight_norm": weight[:, RMS] * root,
        "gradient_norm": grad[:, RMS] * root,
        "gradient_rms": grad[:, RMS],
    }


def written(op: Op, into: Arrays) -> Arrays:
    """The arrays that an operation's backward writes, each once."""
    return tuple(array for k, array in enumerate(into) if k not in op.gradient_out and k not in op.same_gradient)


def _gradient_moments(graph: LayerGraph, arrays: StackArrays) -> dict[int, Floats]:
    """Moments (layers, columns) of each array of gradients, by its identity: some values share one."""
    below, above = arrays.grads["in"], arrays.grads[graph.output]
    tables = {id(below): by_step(below)}
    joined = graph.fan_in == graph.width  # what leaves a layer is what its neighbour hands down
    tables[id(above)] = np.concatenate([tables[id(below)][1:], by_step(above[-1:])]) if joined else by_step(above)
    for array in (*arrays.grads.values(), *(array for into in arrays.into for array in into)):
        if id(array) not in tables:
            tables[id(array)] = by_step(array)
    return tables


def _row_moments(rows: Array, first: int, last: int) -> Floats:
    """Moments (layers, columns) of some columns of rows."""
    found = np.empty((len(rows), COLUMNS))
    moments(rows, found, first, last)
    return found
