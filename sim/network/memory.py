"""Estimated peak memory of a pass, and its refusal if more is needed than is free."""

import math
from collections.abc import Iterable, Sequence

import psutil

from ..errors import Problem, ScenarioError
from ..numerics.number_format import carrier_bytes, format_facts
from ..ops.base import Parameter
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .budget import BEHIND, CHUNK, SAVED_CHUNKS, SAVED_STATES, numbers_in, overlaps, stack_layers, state_numbers
from .graph import LayerGraph
from .layers import entry_graph, exit_graph, layer_graphs

HEADROOM = 0.9  # share of the available memory that a pass may take
FLOOR = 3 * 2**23  # bytes that do not depend on the scenario, and that are freed but not returned to the system
MATRICES = 2  # float64 arrays of a matrix's size that an init has at once, unless its file declares more
LAYER, RECURRENT_LAYER, PARAMETER = 640, 2**14, 640  # bytes of Python objects for each
MEASURED = 400  # bytes of statistics for each recurrent layer and step

Graphs = list[tuple[LayerGraph, int]]  # each with how many layers share it
Stacked = tuple[LayerGraph, int, int]  # a graph, how many layers share it, and the steps of their input


def estimate(scenario: Scenario, steps: int | None = None, inputs: int | None = None) -> int:
    """Peak memory of a pass in bytes: parameters, saved arrays and what a backward pass writes.

    `steps` and `inputs` are the length and the features of a file's sequences, once they are known.
    """
    graphs, size = all_graphs(scenario, inputs), carrier_bytes(scenario.precision.format)
    parameters = sum(count * count_numbers(graph.parameters) for graph, count in graphs) * size
    inits = [value.entry for table in scenario.tables for _, value in table
             if isinstance(value, Choice) and value.menu == "inits"]  # fmt: skip
    matrices: int = max((init.metadata.get("MATRICES", MATRICES) for init in inits), default=MATRICES)
    drawing = 8 * matrices * max(count_numbers(_matrices(graph)) for graph, _ in graphs)
    unrolled, stacked = _by_executor(graphs, steps or scenario.steps)
    running = _unrolled(scenario, unrolled, steps or scenario.steps) if unrolled else 0
    running += _stacked(scenario, stacked) if stacked else 0
    running += _rounded_factors(scenario, graphs) * size
    return FLOOR + parameters + max(drawing, running)


def _by_executor(graphs: Graphs, steps: int) -> tuple[Graphs, list[Stacked]]:
    """Graphs that are unrolled over the steps of a sequence, and those computed for all steps at once."""
    unrolled: Graphs = []
    stacked: list[Stacked] = []
    for graph, count in graphs:
        if graph.unrolls(steps):
            unrolled.append((graph, count))
        else:
            stacked.append((graph, count, steps))
        steps = 1 if graph.reduces_steps else steps
    return unrolled, stacked


def all_graphs(scenario: Scenario, inputs: int | None = None) -> Graphs:
    """All graphs of a network in the order of the forward pass, those before and after the layers included."""
    inputs = inputs or scenario.features
    layers = list(layer_graphs(scenario, inputs, checked=False))
    ends = entry_graph(scenario, inputs), exit_graph(scenario, layers[-1][0].width)
    before, after = ([] if graph is None else [(graph, 1)] for graph in ends)
    return [*before, *layers, *after]


def count_numbers(parameters: Iterable[Parameter]) -> int:
    """How many numbers parameters have."""
    return sum(math.prod(one.shape) for one in parameters)


def _matrices(graph: LayerGraph) -> list[Parameter]:
    return [one for one in graph.parameters if one.matrices]


def gradient_numbers(graph: LayerGraph, batch: int) -> int:
    """How many numbers a layer's backward pass writes besides dL/dh_in: gradients by path and their sums, slopes."""
    numbers = 0
    for names, op in graph:
        written = op.written(op.inputs)
        numbers += sum(batch * graph.widths[name] for name in written if name != "in" or name in graph.summed)
        width = graph.widths[names[0]]
        numbers += numbers_in(op.prepared(batch, width)) + numbers_in(op.inner(batch, width))
    return numbers + sum(batch * graph.widths[name] for name in graph.widths if name != "in" and name in graph.summed)


def _stacked(scenario: Scenario, graphs: Sequence[Stacked]) -> int:
    """Bytes of the saved arrays of all stacks (inputs alone, of those that recompute), and of backward passes.

    The latter are those of two stacks, or of three where two may wait to be measured while the next one computes.
    """
    size = carrier_bytes(scenario.precision.format)
    saved, left, backward = 0, SAVED_STATES, 0
    for graph, count, steps in graphs:
        batch = scenario.data.batch * steps
        length, state = stack_layers(graph, count, batch), size * state_numbers(graph, batch)
        in_full = min(count, max(0, left) // state)  # layers whose states are saved
        left -= count * state
        inputs = -(-(count - in_full) // length) * size * batch * graph.width
        saved += in_full * state + inputs
        a_layer = size * (gradient_numbers(graph, batch) + batch * graph.fan_in + count_numbers(graph.parameters))
        recomputed = state * (in_full < count)
        scratch = size * max(op.scratch(batch, graph.widths[names[0]]) for names, op in graph)
        # stacks have two lengths at most; the buffers of a shorter one are not enough for a longer one
        shorter, longer = divmod(count, stacks := -(-count // length))
        at_once = BEHIND + 1 if overlaps(graph, batch) else 2
        layers = min(at_once, longer) * length + min(at_once, stacks - longer) * shorter
        backward = max(backward, layers * (a_layer + recomputed) + scratch)
    (first, _, steps_in), (last, _, steps_out) = graphs[0], graphs[-1]
    ends = 2 * first.fan_in * steps_in + 4 * last.width * steps_out
    return saved + backward + 8 * scenario.data.batch * ends + LAYER * sum(count for _, count, _ in graphs)


def _rounded_factors(scenario: Scenario, graphs: Graphs) -> int:
    """How many numbers the rounded copies of two factors have, in a format that rounds the factors of products."""
    if "FACTORS" not in format_facts(scenario.precision.format):
        return 0
    return 2 * max(
        count_numbers(_matrices(graph))
        + max(CHUNK * bool(graph.states), scenario.data.batch * max(graph.widths.values()))
        for graph, _ in graphs
    )


def _unrolled(scenario: Scenario, graphs: Graphs, steps: int) -> int:
    """Bytes of unrolled layers: data, states, saved chunks and a chunk's backward pass; or of data drawn in float64."""
    batch, size = scenario.data.batch, carrier_bytes(scenario.precision.format)
    depth = sum(count for _, count in graphs)
    data = batch * graphs[0][0].fan_in * steps
    states, saved, chunk, weights = 0, 0, 0, 0
    for graph, count in graphs:
        has_output, both = graph.output not in graph.states, graph.directions  # directions run one after the other
        a_step = _saved_numbers(graph, batch)
        scratch = sum(batch * graph.widths[name] for names, _ in graph for name in names if name not in graph.needed)
        length = max(1, min(steps, CHUNK // (batch * max(graph.widths.values()))))
        states += count * batch * (graph.width + bool(both) * (graph.width + graph.fan_in)) * steps
        saved += count * a_step * steps
        ends = batch * (2 * max(graph.width, graph.fan_in) + has_output * graph.width) * steps
        ends += len(both) * batch * graph.fan_in * steps
        ends += any(one.output not in one.states for one in both) * batch * graph.width * steps
        backward = gradient_numbers(graph, batch) + 2 * sum(graph.states.values()) * batch
        chunk = max(chunk, length * (a_step + scratch + backward) // (len(both) or 1) + ends)
        weights = max(weights, 3 * count_numbers(graph.parameters))
    objects = depth * (RECURRENT_LAYER + MEASURED * steps)
    running = size * (data + states + chunk + weights) + min(size * saved, SAVED_CHUNKS) + objects
    return max((8 + size) * data, running)


def _saved_numbers(graph: LayerGraph, batch: int) -> int:
    """How many numbers a layer saves of a step for its backward pass, its output not counted."""
    values = {name for names, _ in graph for name in names if name in graph.needed or name in graph.states}
    values -= {graph.output, *(one.output for one in graph.directions)}
    saved = sum(numbers_in(op.saved(batch, graph.widths[names[0]])) for names, op in graph)
    return saved + sum(batch * graph.widths[name] for name in values)


def refuse_if_too_large(scenario: Scenario, steps: int | None = None, inputs: int | None = None) -> None:
    """Raise ScenarioError with the estimate if a pass would need more memory than is free."""
    need, free = estimate(scenario, steps, inputs), int(psutil.virtual_memory().available * HEADROOM)
    if need > free:
        steps = steps or scenario.steps
        over, smaller = (f" over {steps} steps", ", steps") if scenario.reads_sequence else ("", "")
        message = (
            f"a pass through {scenario.size_words} at batch {scenario.data.batch}{over} "
            f"needs about {gib(need)} of memory, and {gib(free)} are free; make depth, width{smaller} or batch smaller"
        )
        raise ScenarioError([Problem("network", message)])


def gib(size: int) -> str:
    """Bytes in words: "1.5 GiB", "20 MiB"."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
