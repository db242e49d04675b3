"""What a pass will need, against what there is."""

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

HEADROOM = 0.9  # of the memory that is available now
FLOOR = 3 * 2**23  # bytes of what does not grow with a scenario, and of what is freed and not given back
MATRICES = 2  # of a layer's size that an init has in float64 at once, unless its file says more
LAYER, RECURRENT_LAYER, PARAMETER = 640, 2**14, 640  # bytes of Python's objects for a layer, and for a learned array
MEASURED = 400  # bytes of statistics of a recurrent layer and step

Graphs = list[tuple[LayerGraph, int]]  # each with how many layers have it
Stacked = tuple[LayerGraph, int, int]  # the same with how many steps come in


def estimate(scenario: Scenario, steps: int | None = None, inputs: int | None = None) -> int:
    """Bytes that a pass holds at its peak: parameters and the states that the backward pass needs.

    `steps` is the length of a file's sequences, once it is known, and `inputs` its features.
    """
    graphs, size = all_graphs(scenario, inputs), carrier_bytes(scenario.precision.format)
    held = sum(count * count_numbers(graph.parameters) for graph, count in graphs) * size
    inits = [value.entry for table in scenario.tables for _, value in table
             if isinstance(value, Choice) and value.menu == "inits"]  # fmt: skip
    matrices: int = max((init.metadata.get("MATRICES", MATRICES) for init in inits), default=MATRICES)
    random_bytes = 8 * matrices * max(count_numbers(_matrices(graph)) for graph, _ in graphs)
    over_time, at_once = _sections(graphs, steps or scenario.steps)
    needs = _unrolled(scenario, over_time, steps or scenario.steps) if over_time else 0
    needs += _stacked(scenario, at_once) if at_once else 0
    rounded = _rounded_factors(scenario, graphs) * size
    return FLOOR + held + max(random_bytes, needs + rounded)


def _sections(graphs: Graphs, steps: int) -> tuple[Graphs, list[Stacked]]:
    """The graphs that are unrolled over the steps of a sequence, and those whose steps are rows, each with how many."""
    over_time: Graphs = []
    at_once: list[Stacked] = []
    for graph, count in graphs:
        if graph.unrolls(steps):
            over_time.append((graph, count))
        else:
            at_once.append((graph, count, steps))
        steps = 1 if graph.reduces_steps else steps
    return over_time, at_once


def all_graphs(scenario: Scenario, inputs: int | None = None) -> Graphs:
    """From the input upwards, what comes before the layers and after them among them."""
    inputs = inputs or scenario.features
    layers = list(layer_graphs(scenario, inputs, checked=False))
    ends = entry_graph(scenario, inputs), exit_graph(scenario, layers[-1][0].width)
    before, after = ([] if graph is None else [(graph, 1)] for graph in ends)
    return [*before, *layers, *after]


def count_numbers(parameters: Iterable[Parameter]) -> int:
    """Numbers in parameters."""
    return sum(math.prod(one.shape) for one in parameters)


def _matrices(graph: LayerGraph) -> list[Parameter]:
    return [one for one in graph.parameters if one.matrices]


def gradient_numbers(graph: LayerGraph, batch: int) -> int:
    """Numbers that the backward pass of a layer writes, but for dL/dh_in: gradients by path, sums, what is prepared."""
    numbers = 0
    for names, op in graph:
        written = op.written(op.inputs)
        numbers += sum(batch * graph.widths[name] for name in written if name != "in" or name in graph.summed)
        width = graph.widths[names[0]]
        numbers += numbers_in(op.prepared(batch, width)) + numbers_in(op.inner(batch, width))
    return numbers + sum(batch * graph.widths[name] for name in graph.widths if name != "in" and name in graph.summed)


def _stacked(scenario: Scenario, graphs: Sequence[Stacked]) -> int:
    """The states (of stacks that recompute them only what enters) and what one stack's backward pass needs.

    Of two, or of three where two may wait to be measured while the next one computes.
    """
    size = carrier_bytes(scenario.precision.format)
    kept, left, back = 0, SAVED_STATES, 0
    for graph, count, steps in graphs:
        batch = scenario.data.batch * steps
        length, state = stack_layers(graph, count, batch), size * state_numbers(graph, batch)
        whole = min(count, max(0, left) // state)
        left -= count * state
        inputs = -(-(count - whole) // length) * size * batch * graph.width
        kept += whole * state + inputs
        one = size * (gradient_numbers(graph, batch) + batch * graph.fan_in + count_numbers(graph.parameters))
        again = state * (whole < count)
        scratch = size * max(op.scratch(batch, graph.widths[names[0]]) for names, op in graph)
        shorter, longer = divmod(
            count, stacks := -(-count // length)
        )  # memory of a short one is not enough for a longer
        at_once = BEHIND + 1 if overlaps(graph, batch) else 2
        layers = min(at_once, longer) * length + min(at_once, stacks - longer) * shorter
        back = max(back, layers * (one + again) + scratch)
    (first, _, entering), (last, _, leaving) = graphs[0], graphs[-1]
    ends = 2 * first.fan_in * entering + 4 * last.width * leaving
    return kept + back + 8 * scenario.data.batch * ends + LAYER * sum(count for _, count, _ in graphs)


def _rounded_factors(scenario: Scenario, graphs: Graphs) -> int:
    """Numbers of the copies that a format makes which rounds what products multiply: two of them at once."""
    if "FACTORS" not in format_facts(scenario.precision.format):
        return 0
    return 2 * max(
        count_numbers(_matrices(graph))
        + max(CHUNK * bool(graph.states), scenario.data.batch * max(graph.widths.values()))
        for graph, _ in graphs
    )


def _unrolled(scenario: Scenario, graphs: Graphs, steps: int) -> int:
    """The data in float64 while they are made, or the states and two gradients, whichever is more."""
    batch, size = scenario.data.batch, carrier_bytes(scenario.precision.format)
    depth = sum(count for _, count in graphs)
    data = batch * graphs[0][0].fan_in * steps
    states, inside, chunk, weights = 0, 0, 0, 0
    for graph, count in graphs:
        apart, both = graph.output not in graph.states, graph.directions  # one after the other
        a_step = _saved_numbers(graph, batch)
        scratch = sum(batch * graph.widths[name] for names, _ in graph for name in names if name not in graph.needed)
        length = max(1, min(steps, CHUNK // (batch * max(graph.widths.values()))))
        states += count * batch * (graph.width + bool(both) * (graph.width + graph.fan_in)) * steps
        inside += count * a_step * steps
        ends = batch * (2 * max(graph.width, graph.fan_in) + apart * graph.width) * steps
        ends += len(both) * batch * graph.fan_in * steps
        ends += any(one.output not in one.states for one in both) * batch * graph.width * steps
        back = gradient_numbers(graph, batch) + 2 * sum(graph.states.values()) * batch
        chunk = max(chunk, length * (a_step + scratch + back) // (len(both) or 1) + ends)
        weights = max(weights, 3 * count_numbers(graph.parameters))
    objects = depth * (RECURRENT_LAYER + MEASURED * steps)
    walk = size * (data + states + chunk + weights) + min(size * inside, SAVED_CHUNKS) + objects
    return max((8 + size) * data, walk)


def _saved_numbers(graph: LayerGraph, batch: int) -> int:
    """Numbers that a layer keeps of a step for its backward pass, but for its output."""
    made = {name for names, _ in graph for name in names if name in graph.needed or name in graph.states}
    made -= {graph.output, *(one.output for one in graph.directions)}
    saved = sum(numbers_in(op.saved(batch, graph.widths[names[0]])) for names, op in graph)
    return saved + sum(batch * graph.widths[name] for name in made)


def refuse_if_too_large(scenario: Scenario, steps: int | None = None, inputs: int | None = None) -> None:
    """Raise ScenarioError with the estimate if a pass would need more memory than there is."""
    need, there = estimate(scenario, steps, inputs), int(psutil.virtual_memory().available * HEADROOM)
    if need > there:
        steps = steps or scenario.steps
        over, smaller = (f" over {steps} steps", ", steps") if scenario.reads_sequence else ("", "")
        message = (
            f"a pass through {scenario.size_words} at batch {scenario.data.batch}{over} "
            f"needs about {gib(need)} of memory, and {gib(there)} are free; make depth, width{smaller} or batch smaller"
        )
        raise ScenarioError([Problem("network", message)])


def gib(size: int) -> str:
    """Bytes in words."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
