"""The executors of a network's layers: stacks of equal graphs, or one by one what is unrolled over time."""

from collections.abc import Iterator
from dataclasses import dataclass

from .. import registry
from ..network.block import Block
from ..network.graph import LayerGraph
from ..network.memory import CHUNK, KEPT_CHUNKS, KEPT_STATES, LAYERS, stack_layers, state_bytes
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format
from ..scenario.scenario import Scenario
from .stack import Stack
from .unroll import Unroll


@dataclass(frozen=True)
class Limits:
    """How large the pieces are in which a pass is done; results do not depend on them, but for the order of sums."""

    layers: int = LAYERS  # of a stack at most
    states: int = KEPT_STATES  # bytes that all stacks keep for the backward pass; the rest is computed again
    chunk: int = CHUNK  # numbers in one product of a chunk of steps at most
    chunks: int = KEPT_CHUNKS  # bytes that all unrolled layers keep for the backward pass


DEFAULT = Limits()


def plan(scenario: Scenario, inputs: int, form: Format, limits: Limits) -> Iterator[Block]:
    """All layers with their initial parameters, from the input upwards."""
    graph_of = registry.load("layers", scenario.network.kind).graph
    number, fan_in, buffers, depth, left = 1, inputs, Workspace(), scenario.network.depth, limits.states
    while number <= depth:
        graph: LayerGraph = graph_of(scenario, fan_in)
        block: Stack | Unroll
        if graph.states:
            block = Unroll(graph, number, form, scenario.seed, buffers, truncate=scenario.time.truncate,
                           length=limits.chunk, budget=limits.chunks // depth)  # fmt: skip
        else:
            count = stack_layers(depth - number + 1, graph.width, scenario.data.batch, limits.layers)
            count = count if fan_in == graph.width else 1
            left -= count * state_bytes(scenario)
            block = Stack(graph, number, count, form, scenario.seed, buffers, recompute=left < 0)
        for layer in block.layers:
            stored, layer.drawn = form.parameters(
                {parameter.name: parameter.initial(layer.number) for parameter in graph.parameters}
            )
            for key, value in stored.items():
                layer.parameters[key][...] = value
            del stored  # as large as the layer, while the next is drawn
        yield block
        number, fan_in = number + len(block.layers), graph.width
