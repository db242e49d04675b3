"""Measurements of an unrolled layer by step: moments, chain-rule factors, norms of weights, underflows."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..numerics.arrays import Array, Floats, Matrix, Table
from ..numerics.kernel import kernel
from ..numerics.moments import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero, moments
from ..numerics.number_format import Format, count_underflows, underflow_risk
from ..results.record import Evidence, Measurements
from .chunk import Chunk
from .stack_measures import weight_norms

SMALLEST, LARGEST = 1e-100, 1e100  # between them neither squares nor their sums leave the range of float64


@dataclass(frozen=True)
class ChunkMeasurements:
    """Measurements of a chunk in one phase: quantities and counts (steps,), moments (steps, columns)."""

    quantities: Mapping[str, Floats]
    output: Floats  # moments of h_out, or of the total derivative of the first state
    nonfinite: Floats  # inf and NaN that the step produced
    grad_input: Floats = field(default_factory=lambda: np.empty(0))  # moments of dL/dh_in
    factor_tops: Mapping[str, Floats] = field(default_factory=dict)  # norms in the denominators of the factors


def measure_forward(graph: LayerGraph, chunk: Chunk, form: Format) -> ChunkMeasurements:
    """Measurements of the forward pass: moments of h_out, and the preactivations' standard deviation."""
    output = by_step(chunk.values[graph.output])
    std, broken = _preactivations(graph, chunk, form).T
    nonfinite = broken + output[:, NONFINITE]
    for name in graph.finite_checked - {graph.output}:
        nonfinite += by_step(chunk.values[name])[:, NONFINITE]
    return ChunkMeasurements({"preactivation_std": std} if graph.preactivation else {}, output, nonfinite)


def _preactivations(graph: LayerGraph, chunk: Chunk, form: Format) -> Floats:
    """Standard deviation of the preactivation, and how many of its numbers are not finite, (steps, 2)."""
    if not graph.preactivation:
        return np.zeros((chunk.steps, 2))
    if len(graph.preactivation) == 1:
        return by_step(chunk.values[graph.preactivation[0]])[:, [STD, NONFINITE]]
    if graph.preactivation_sum is not None and not form.native:  # the sum is stored, and rounded
        return by_step(chunk.values[graph.preactivation_sum])[:, [STD, NONFINITE]]
    one, other = (chunk.values[name].reshape(chunk.steps, -1) for name in graph.preactivation)
    table = np.empty((chunk.steps, 2))
    spread_of_sums(one, other, table)
    for t in flatnonzero(~((table[:, 0] > SMALLEST) & (table[:, 0] < LARGEST))):
        table[t] = by_step((one[t] + other[t])[None, None])[0, [STD, NONFINITE]]
    return table


@kernel
def spread_of_sums(one: Matrix, other: Matrix, out: Table) -> None:
    """Write the standard deviation over n of each row of one + other, both (rows, n), and 0 into out (rows, 2).

    Squares are not scaled: a result that is no number between SMALLEST and LARGEST may be wrong.
    """
    rows, n = one.shape
    for r in range(rows):
        left, right = one[r], other[r]
        shift = np.float64(left[0] + right[0])
        linear, second = 0.0, 0.0
        for i in range(n):
            value = np.float64(left[i] + right[i]) - shift
            linear += value
            second += value * value
        mean = linear / n
        out[r, 0] = np.sqrt(max(second / n - mean * mean, 0.0))
        out[r, 1] = 0.0


def measure_backward(
    graph: LayerGraph, chunk: Chunk, parameters: Mapping[str, Array], form: Format
) -> ChunkMeasurements:
    """Measurements of the backward pass: moments of gradients, chain-rule factors, and underflows.

    Where truncation cuts the gradient to the step before, the factor along that path is 0.
    """
    tables: dict[int, Floats] = {}

    def table(array: Array) -> Floats:
        if id(array) not in tables:
            tables[id(array)] = by_step(array)
        return tables[id(array)]

    underflowed, quantities = chunk.underflowed.copy(), dict[str, Floats]()
    computed = [array for name, array in chunk.grads.items() if BEFORE not in name]
    for (names, op), saved, path_grads in zip(graph, chunk.saved, chunk.path_grads, strict=True):
        grads, handed_back = tuple(chunk.grads[name] for name in names), BEFORE in op.inputs[0]
        computed += () if handed_back else path_grads[:1]  # in which an inf or NaN of an inner gradient shows
        if op.product and form.native:
            top, zeros = table(grads[-1])[:, MAX], table(path_grads[0])[:, ZEROS]
            small = (top > 0) & (top < underflow_risk(form.dtype)) & (zeros > 0) & ~(chunk.cuts & handed_back)
            weight = parameters[op.parameters[0].name]
            for t in flatnonzero(small):
                underflowed[t] += count_underflows(form, grads[-1][t], weight, path_grads[0][t], top[t])
        statistics = op.backward_statistics(saved, grads, path_grads)
        quantities |= statistics.quantities
        underflowed += statistics.underflowed
    factors, tops = _factors(graph, chunk, table)
    quantities |= factors
    quantities["underflow_fraction"] = underflowed / np.maximum(chunk.stored, 1)
    if graph.output != graph.main:
        quantities["output_gradient_norm"] = table(chunk.grad_output)[:, RMS] * np.sqrt(chunk.grad_output[0].size)
    once = {id(array): array for array in computed if array is not chunk.grad_output}
    nonfinite = np.sum([table(array)[:, NONFINITE] for array in once.values()], axis=0)
    return ChunkMeasurements(quantities, table(chunk.grads[graph.main]), nonfinite, table(chunk.grads["in"]), tops)


def _factors(
    graph: LayerGraph, chunk: Chunk, table: Callable[[Array], Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Chain-rule factors ||input gradient|| / ||output gradient|| (steps,) by quantity, and their denominators."""
    factors, tops = dict[str, Floats](), dict[str, Floats]()
    for quantity, (first, last) in graph.factor_ends.items():
        grad_output = chunk.grads[first]
        grad_input = grad_output if last is None else chunk.path_grads[last][0]
        rms = table(grad_output)[:, RMS]
        factors[quantity] = table(grad_input)[:, RMS] / rms * math.sqrt(grad_input[0].size / grad_output[0].size)
        tops[quantity] = rms * np.sqrt(grad_output[0].size)
    return factors, tops


def joined(
    chunks: Sequence[ChunkMeasurements],
    evidence: Evidence | None = None,
    gradients: Mapping[str, Array] | None = None,
    weights: Callable[[], Mapping[str, Floats]] = dict,
) -> Measurements:
    """The measurements of a phase from those of all chunks, and of the parameters' gradients.

    `evidence` is by default the first step with an inf or NaN.
    """
    quantities, tops = (
        {
            name: np.concatenate([getattr(one, table)[name] for one in chunks])[None]
            for name in getattr(chunks[0], table)
        }
        for table in ("quantities", "factor_tops")
    )
    output, nonfinite, grad_input = (np.concatenate([getattr(one, name) for one in chunks])
                                for name in ("output", "nonfinite", "grad_input"))  # fmt: skip
    broken = sum(not np.isfinite(value).all() for value in (gradients or {}).values())
    evidence = evidence or Evidence(next(iter(flatnonzero(nonfinite)), None))
    return Measurements(
        quantities, output[None], np.array([nonfinite.sum() + broken]), grad_input[None], weights(), evidence, tops
    )


def matrix_norms(
    graph: LayerGraph, parameters: Mapping[str, Array], gradients: Mapping[str, Array], underflowed: Mapping[str, float]
) -> dict[str, Floats]:
    """Norms (1,) of the weight matrices and their gradients, and the fractions that underflowed, by name."""
    norms: dict[str, Floats] = {}
    for prefix, (key, _, _) in graph.matrices.items():
        out = np.empty((2, 1, COLUMNS))
        for array, table in zip((parameters[key], gradients[key]), out, strict=True):
            moments(array.reshape(1, -1), table)
        measured = weight_norms(out[0], out[1], parameters[key].size) | {"underflow_fraction": underflowed[key]}
        norms |= {prefix + name: np.reshape(value, 1) for name, value in measured.items()}
    return norms
