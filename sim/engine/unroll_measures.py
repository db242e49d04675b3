"""What a chunk of an unrolled layer tells by step: moments, chain-rule factors, what broke or underflowed."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..network.graph import BEFORE, LayerGraph
from ..network.layer import NamedArrays, grad_name
from ..numerics.arrays import Array, Floats, Matrix, Table
from ..numerics.kernel import kernel
from ..numerics.moments import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero, moments
from ..numerics.number_format import Format, count_underflows, underflow_risk
from ..results.record import Evidence, Measurements
from .chunk import Chunk
from .stack_measures import weight_norms

SMALLEST, LARGEST = 1e-100, 1e100  # between them, squares fit into float64 with room for their sum


@dataclass(frozen=True)
class ChunkMeasurements:
    """What a chunk tells in one phase, by step."""

    quantities: Mapping[str, Floats]
    output: Floats  # moments of h_out, or of the total derivative of the first state
    nonfinite: Floats
    grad_input: Floats = field(default_factory=lambda: np.empty(0))
    factor_tops: Mapping[str, Floats] = field(default_factory=dict)  # norms of what the factors begin from


def measure_forward(graph: LayerGraph, chunk: Chunk, form: Format) -> ChunkMeasurements:
    """Moments of outputs, the spread of preactivations, and all else that may hide an inf or NaN."""
    output = by_step(chunk.values[graph.output])
    spread = _preactivations(graph, chunk, form)
    bad = spread[:, 1] + output[:, NONFINITE]
    for name in graph.finite_checked - {graph.output}:
        bad += by_step(chunk.values[name])[:, NONFINITE]
    quantities = {"preactivation_std": spread[:, 0]} if graph.preactivation else {}
    return ChunkMeasurements(quantities, output, bad)


def _preactivations(graph: LayerGraph, chunk: Chunk, form: Format) -> Floats:
    """Std of the preactivations' sum by step, and how many of them are not finite: (steps, 2)."""
    if not graph.preactivation:
        return np.zeros((chunk.steps, 2))
    if len(graph.preactivation) == 1:
        return by_step(chunk.values[graph.preactivation[0]])[:, [STD, NONFINITE]]
    if graph.preactivation_sum is not None and not form.native:  # what is stored has been rounded
        return by_step(chunk.values[graph.preactivation_sum])[:, [STD, NONFINITE]]
    one, other = (chunk.values[name].reshape(chunk.steps, -1) for name in graph.preactivation)
    table = np.empty((chunk.steps, 2))
    spread_of_sums(one, other, table)
    for t in flatnonzero(~((table[:, 0] > SMALLEST) & (table[:, 0] < LARGEST))):
        table[t] = by_step((one[t] + other[t])[None, None])[0, [STD, NONFINITE]]
    return table


@kernel
def spread_of_sums(one: Matrix, other: Matrix, out: Table) -> None:
    """Std over n of each row of one + other, both (rows, n), and 0; out (rows, 2).

    Squares are taken as they are: what is no number between SMALLEST and LARGEST may be wrong.
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
    """Moments of gradients, the factors that they make, and what underflowed.

    At steps that hand nothing back, the factor of what would is 0.
    """
    tables: dict[int, Floats] = {}

    def table(array: Array) -> Floats:
        if id(array) not in tables:
            tables[id(array)] = by_step(array)
        return tables[id(array)]

    underflowed, quantities = chunk.underflowed.copy(), dict[str, Floats]()
    made = [array for name, array in chunk.grads.items() if BEFORE not in name]
    for (names, op), saved, into in zip(graph, chunk.saved, chunk.into, strict=True):
        grads, back = tuple(chunk.grads[name] for name in names), BEFORE in op.inputs[0]
        made += () if back else into[:1]  # an inner gradient shows in them
        top, grad_through_weights = table(grads[-1]), table(into[0])
        if op.product and form.native:
            small = (
                (top[:, MAX] > 0)
                & (top[:, MAX] < underflow_risk(form.dtype))
                & (grad_through_weights[:, ZEROS] > 0)
                & ~(chunk.cuts & back)
            )
            weight = parameters[op.parameters[0].name]
            for t in flatnonzero(small):
                underflowed[t] += count_underflows(form, grads[-1][t], weight, into[0][t], top[t, MAX])
        statistics = op.statistics(saved, grads, into)
        quantities |= statistics.quantities
        underflowed += statistics.underflowed
    factors, tops = _factors(graph, chunk, table)
    quantities |= factors
    quantities["underflow_fraction"] = underflowed / np.maximum(chunk.stored, 1)
    if graph.output != graph.main:
        quantities["output_gradient_norm"] = table(chunk.above)[:, RMS] * np.sqrt(chunk.above[0].size)
    own = {id(array): array for array in made if array is not chunk.above}
    bad = np.sum([table(array)[:, NONFINITE] for array in own.values()], axis=0)
    return ChunkMeasurements(quantities, table(chunk.grads[graph.main]), bad, table(chunk.grads["in"]), tops)


def _factors(
    graph: LayerGraph, chunk: Chunk, table: Callable[[Array], Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Chain-rule factors, ||what their first operation hands back|| / ||gradient of their last||, and the latter."""
    found, tops = dict[str, Floats](), dict[str, Floats]()
    for quantity, (first, last) in graph.factor_ends.items():
        above = chunk.grads[first]
        below = above if last is None else chunk.into[last][0]
        size = table(above)[:, RMS]
        found[quantity] = table(below)[:, RMS] / size * math.sqrt(below[0].size / above[0].size)
        tops[quantity] = size * np.sqrt(above[0].size)
    return found, tops


def of_all_steps(
    chunks: Sequence[ChunkMeasurements],
    evidence: Evidence | None = None,
    gradients: Mapping[str, Array] | None = None,
    weights: Callable[[], Mapping[str, Floats]] = dict,
) -> Measurements:
    """What the chunks of a phase tell together; the first step that is not finite, unless there is other evidence."""
    quantities, tops = (
        {
            name: np.concatenate([getattr(one, table)[name] for one in chunks])[None]
            for name in getattr(chunks[0], table)
        }
        for table in ("quantities", "factor_tops")
    )
    output, nonfinite, below = (np.concatenate([getattr(one, name) for one in chunks])
                                for name in ("output", "nonfinite", "grad_input"))  # fmt: skip
    broken = sum(not np.isfinite(value).all() for value in (gradients or {}).values())
    evidence = evidence or Evidence(next(iter(flatnonzero(nonfinite)), None))
    return Measurements(
        quantities, output[None], np.array([nonfinite.sum() + broken]), below[None], weights(), evidence, tops
    )


def matrix_norms(
    graph: LayerGraph, parameters: Mapping[str, Array], gradients: Mapping[str, Array], lost: Mapping[str, float]
) -> dict[str, Floats]:
    """Norms (1,) of the weight matrices and their gradients, and the share of those that underflowed."""
    norms: dict[str, Floats] = {}
    for prefix, (key, _, _) in graph.matrices.items():
        out = np.empty((2, 1, COLUMNS))
        for array, table in zip((parameters[key], gradients[key]), out, strict=True):
            moments(array.reshape(1, -1), table)
        measured = weight_norms(out[0], out[1], parameters[key].size) | {"underflow_fraction": lost[key]}
        norms |= {prefix + name: np.reshape(value, 1) for name, value in measured.items()}
    return norms


def shown(graph: LayerGraph, chunk: Chunk) -> NamedArrays:
    """What a dump shows of a chunk."""
    values = {name: chunk.values[name] for name in (graph.states or graph.preactivation)}
    gradients = {grad_name(name): chunk.grads[name] for name in graph.preactivation}
    for number, ((names, op), saved, into) in enumerate(zip(graph, chunk.saved, chunk.into, strict=True)):
        part, inner = graph.part(number), op.inner(chunk.above.shape[1], graph.widths[names[0]])
        gradients |= zip((part + name for name in inner), into[len(op.inputs) :], strict=True)
        values |= {part + name: array for name, array in op.shown(saved).items()}
    return NamedArrays(values, gradients)
