"""The executors of a network's layers: stacks of equal graphs, or one by one what is unrolled over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import registry
from ..network.block import Block
from ..network.graph import LayerGraph
from ..network.layer import Layer
from ..network.memory import CHUNK, KEPT_CHUNKS, KEPT_STATES, LAYERS, stack_layers, state_bytes
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format
from ..scenario.scenario import Scenario
from .stack import Stack
from .stack_layer import StackLayer
from .unroll import Unroll
from .unroll_layer import UnrollLayer


@dataclass(frozen=True)
class Limits:
    """How large the pieces are in which a pass is done; results do not depend on them, but for the order of sums."""

    layers: int = LAYERS  # of a stack at most
    states: int = KEPT_STATES  # bytes that all stacks keep for the backward pass; the rest is computed again
    chunk: int = CHUNK  # numbers in one product of a chunk of steps at most
    chunks: int = KEPT_CHUNKS  # bytes that all unrolled layers keep for the backward pass


DEFAULT = Limits()


def plan(scenario: Scenario, inputs: int, form: Format, limits: Limits) -> Iterator[tuple[Block, Sequence[Layer]]]:
    """All blocks with their initial parameters, from the input upwards, each with its layers to look at."""
    graph_of = registry.load("layers", scenario.network.kind).graph
    number, fan_in, buffers, depth, left = 1, inputs, Workspace(), scenario.network.depth, limits.states
    while number <= depth:
        graph: LayerGraph = graph_of(scenario, fan_in)
        block: Block
        layers: Sequence[Layer]
        if graph.states:
            unroll = Unroll(graph, number, form, scenario.seed, buffers, truncate=scenario.time.truncate,
                            length=limits.chunk, budget=limits.chunks // depth)  # fmt: skip
            block, layers = unroll, [UnrollLayer(unroll)]
        else:
            count = stack_layers(depth - number + 1, graph.width, scenario.data.batch, limits.layers)
            count = count if fan_in == graph.width else 1
            left -= count * state_bytes(scenario)
            stack = Stack(graph, number, count, form, scenario.seed, buffers, recompute=left < 0)
            block, layers = stack, [StackLayer(stack, index) for index in range(count)]
        for layer in layers:
            stored, layer.drawn = form.parameters(
                {parameter.name: parameter.initial(layer.number) for parameter in graph.parameters}
            )
            for key, value in stored.items():
                layer.parameters[key][...] = value
            del stored  # as large as the layer, while the next is drawn
        yield block, layers
        number, fan_in = number + len(layers), graph.width
