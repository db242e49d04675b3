"""What a pass will need, against what there is."""

import math
from collections.abc import Iterable, Mapping, Sequence

import psutil

from ..errors import Problem, ScenarioError
from ..ops.base import Parameter, Shape
from ..registry import entry
from ..scenario.choice import Choice
from ..scenario.columns import BY_LAYER, NUMBERS
from ..scenario.scenario import Scenario
from .graph import LayerGraph
from .layers import entry_graph, exit_graph, layer_graphs

HEADROOM = 0.9  # of the memory that is available now
SAVED_CHUNKS = 2**28  # bytes that unrolled layers keep at most besides their outputs
SAVED_STATES = 2**28  # bytes of states that stacks keep at most for the backward pass; the rest is made again
CHECKPOINTS = 2**27  # bytes of states that a training run keeps at most
CHUNK = 2**19  # numbers in one product of a chunk of steps: more leave the cache before they are read again
LAYERS = 64  # of a stack at most
STATES = 2**18  # numbers in one of its arrays at most, where it has more than one layer
WEIGHTS = 2**21  # and in its weights

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
    graphs, size = _graphs(scenario, inputs), carrier_bytes(scenario)
    held = sum(count * _count(graph.parameters) for graph, count in graphs) * size
    inits = [value.entry for table in scenario.tables for _, value in table
             if isinstance(value, Choice) and value.menu == "inits"]  # fmt: skip
    matrices: int = max((init.metadata.get("MATRICES", MATRICES) for init in inits), default=MATRICES)
    drawn = 8 * matrices * max(_count(_matrices(graph)) for graph, _ in graphs)
    over_time, at_once = _sections(graphs, steps or scenario.steps)
    needs = _unrolled(scenario, over_time, steps or scenario.steps) if over_time else 0
    needs += _stacked(scenario, at_once) if at_once else 0
    rounded = _rounded_factors(scenario, graphs) * size
    return FLOOR + held + max(drawn, needs + rounded)


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


def stack_layers(graph: LayerGraph, layers: int, batch: int, most: int = LAYERS) -> int:
    """Layers of the next stack of so many: few enough for the processor's cache, and as many as in those to come."""
    largest = max((math.prod(one.shape) for one in graph.parameters), default=1)
    most = max(1, min(most, STATES // (max(graph.widths.values()) * batch), WEIGHTS // largest))
    return -(-layers // -(-layers // most))


def state_numbers(graph: LayerGraph, batch: int) -> int:
    """Numbers that a layer of a stack keeps of its forward pass."""
    made = sum(batch * graph.widths[name] for names, op in graph if op.in_place is None for name in names)
    return made + sum(_shapes(op.saved(batch, graph.widths[names[0]])) for names, op in graph)


def carrier_bytes(scenario: Scenario) -> int:
    """Bytes of one number of a pass as it is held, which for narrow formats is float32."""
    return {"float32": 4, "float64": 8}[entry("formats", scenario.precision.format).metadata["CARRIER"]]


def _graphs(scenario: Scenario, inputs: int | None = None) -> Graphs:
    """From the input upwards, what comes before the layers and after them among them."""
    inputs = inputs or scenario.features
    layers = list(layer_graphs(scenario, inputs, checked=False))
    ends = entry_graph(scenario, inputs), exit_graph(scenario, layers[-1][0].width)
    before, after = ([] if graph is None else [(graph, 1)] for graph in ends)
    return [*before, *layers, *after]


def _count(parameters: Iterable[Parameter]) -> int:
    return sum(math.prod(one.shape) for one in parameters)


def _matrices(graph: LayerGraph) -> list[Parameter]:
    return [one for one in graph.parameters if one.matrices]


def _shapes(shapes: Mapping[str, Shape]) -> int:
    return sum(map(math.prod, shapes.values()))


def gradient_numbers(graph: LayerGraph, batch: int) -> int:
    """Numbers that the backward pass of a layer writes, but for dL/dh_in: gradients by path, sums, what is prepared."""
    found = 0
    for names, op in graph:
        written = [name for k, name in enumerate(op.inputs) if k not in op.gradient_out and k not in op.same_gradient]
        found += sum(batch * graph.widths[name] for name in written if name != "in" or name in graph.summed)
        width = graph.widths[names[0]]
        found += _shapes(op.prepared(batch, width)) + _shapes(op.inner(batch, width))
    return found + sum(batch * graph.widths[name] for name in graph.widths if name != "in" and name in graph.summed)


def _stacked(scenario: Scenario, graphs: Sequence[Stacked]) -> int:
    """The states (of stacks that compute them again only what enters them) and what one stack's backward pass needs.

    Of two, since one is measured beside the other.
    """
    size = carrier_bytes(scenario)
    kept, left, back = 0, SAVED_STATES, 0
    for graph, count, steps in graphs:
        batch = scenario.data.batch * steps
        length, state = stack_layers(graph, count, batch), size * state_numbers(graph, batch)
        whole = min(count, max(0, left) // state)
        left -= count * state
        inputs = -(-(count - whole) // length) * size * batch * graph.width
        kept += whole * state + inputs
        one = size * (gradient_numbers(graph, batch) + batch * graph.fan_in + _count(graph.parameters))
        again = state * (whole < count)
        scratch = size * max(op.scratch(batch, graph.widths[names[0]]) for names, op in graph)
        back = max(back, min(2, -(-count // length)) * length * (one + again) + scratch)
    (first, _, entering), (last, _, leaving) = graphs[0], graphs[-1]
    ends = 2 * first.fan_in * entering + 4 * last.width * leaving
    return kept + back + 8 * scenario.data.batch * ends + LAYER * sum(count for _, count, _ in graphs)


def _rounded_factors(scenario: Scenario, graphs: Graphs) -> int:
    """Numbers of the copies that a format makes which rounds what products multiply: two of them at once."""
    if "FACTORS" not in entry("formats", scenario.precision.format).metadata:
        return 0
    return max(
        _count(_matrices(graph)) + 2 * max(CHUNK * bool(graph.states), scenario.data.batch * max(graph.widths.values()))
        for graph, _ in graphs
    )


def _unrolled(scenario: Scenario, graphs: Graphs, steps: int) -> int:
    """The data in float64 while they are made, or the states and two gradients, whichever is more."""
    batch, size, depth = scenario.data.batch, carrier_bytes(scenario), sum(count for _, count in graphs)
    data = batch * graphs[0][0].fan_in * steps
    states, inside, chunk, weights = 0, 0, 0, 0
    for graph, count in graphs:
        apart = graph.output not in graph.states
        a_step = _saved_numbers(graph, batch)
        scratch = sum(batch * graph.widths[name] for names, _ in graph for name in names if name not in graph.needed)
        length = max(1, min(steps, CHUNK // (batch * max(graph.widths.values()))))
        states += count * batch * graph.width * steps
        inside += count * a_step * steps
        ends = batch * (2 * max(graph.width, graph.fan_in) + apart * graph.width) * steps
        back = gradient_numbers(graph, batch) + 2 * sum(graph.states.values()) * batch
        chunk = max(chunk, length * (a_step + scratch + back) + ends)
        weights = max(weights, 3 * _count(graph.parameters))
    objects = depth * (RECURRENT_LAYER + MEASURED * steps)
    walk = size * (data + states + chunk + weights) + min(size * inside, SAVED_CHUNKS) + objects
    return max((8 + size) * data, walk)


def _saved_numbers(graph: LayerGraph, batch: int) -> int:
    """Numbers that a layer keeps of a step for its backward pass, but for its output."""
    made = {name for names, _ in graph for name in names if name in graph.needed or name in graph.states}
    saved = sum(_shapes(op.saved(batch, graph.widths[names[0]])) for names, op in graph)
    return saved + sum(batch * graph.widths[name] for name in made - {graph.output})


def training_estimate(scenario: Scenario, updates: int = 0) -> int:
    """Bytes that a training run holds besides its pass: vectors of parameters, checkpoints and the history.

    `updates` is how many there are to be, if more than the scenario's.
    """
    training, graphs = scenario.training, _graphs(scenario)
    updates = max(training.iterations, updates)
    vector = carrier_bytes(scenario) * sum(count * _count(graph.parameters) for graph, count in graphs)
    remembered = len(training.optimizer.load().slots(**training.optimizer.parameters))
    state = (1 + remembered) * vector  # as the start's, a checkpoint's, and one that is being made
    vectors = 4 * vector + remembered * vector + 2 * state  # gradients twice, the change, and master parameters
    checkpoints = min(updates * state, CHECKPOINTS) if state <= CHECKPOINTS else 0
    rows = max(64, 1 << (updates - 1).bit_length())  # columns double when they are full
    history = 8 * rows * (len(NUMBERS) + (len(BY_LAYER) + 1) * scenario.depth)
    arrays = sum(count * len(graph.parameters) for graph, count in graphs)
    return vectors + checkpoints + history + PARAMETER * arrays


def refuse_training_if_too_large(scenario: Scenario, updates: int = 0) -> None:
    """Raise ScenarioError with the estimate if a training run would need more memory than there is."""
    there = int(psutil.virtual_memory().available * HEADROOM)
    need = estimate(scenario) + training_estimate(scenario, updates)
    if need > there:
        updates = max(scenario.training.iterations, updates)
        message = (
            f"{updates:,} updates of {scenario.size_words} need about {gib(need)} of memory, and "
            f"{gib(there)} are free; make depth, width or iterations smaller"
        )
        raise ScenarioError([Problem("training.iterations", message)])


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
