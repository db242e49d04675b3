"""The executors of a network's layers: stacks of equal graphs, or one by one what is unrolled over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..network.block import Block
from ..network.graph import LayerGraph
from ..network.layer import Layer
from ..network.layers import layer_graphs
from ..network.memory import CHUNK, LAYERS, SAVED_CHUNKS, SAVED_STATES, carrier_bytes, stack_layers, state_numbers
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format
from ..scenario.scenario import Scenario
from .stack import Stack
from .stack_layer import StackLayer
from .step_reduction import StepReduction
from .unroll import Unroll
from .unroll_layer import UnrollLayer


@dataclass(frozen=True)
class Limits:
    """How large the pieces are in which a pass is done; results do not depend on them, but for the order of sums."""

    layers: int = LAYERS  # of a stack at most
    states: int = SAVED_STATES  # bytes that all stacks keep for the backward pass; the rest is computed again
    chunk: int = CHUNK  # numbers in one product of a chunk of steps at most
    chunks: int = SAVED_CHUNKS  # bytes that all unrolled layers keep for the backward pass


DEFAULT = Limits()


def plan(scenario: Scenario, inputs: int, form: Format, limits: Limits, steps: int = 1,
         ) -> Iterator[tuple[Block, Sequence[Layer]]]:  # fmt: skip
    """All blocks with their initial parameters, from the input upwards, each with its layers to look at.

    `steps` are those of the network's input.
    """
    number, buffers, depth, left = 1, Workspace(), scenario.depth, limits.states
    below: Block | None = None
    for graph, equal in layer_graphs(scenario, inputs):
        end = number + equal
        while number < end:
            block: Block
            layers: Sequence[Layer]
            if graph.reduces_steps:
                reduction = StepReduction(graph, number, form)
                block, layers, steps = reduction, [reduction], 1
            elif graph.states or steps > 1:
                unroll = Unroll(graph, number, form, scenario.seed, buffers, truncate=scenario.time.truncate,
                                length=limits.chunk, budget=limits.chunks // depth)  # fmt: skip
                block, layers = unroll, [UnrollLayer(unroll)]
            else:
                count = stack_layers(graph, end - number, scenario.data.batch, limits.layers)
                left -= count * carrier_bytes(scenario) * state_numbers(graph, scenario.data.batch)
                stack = Stack(graph, number, count, form, scenario.seed, buffers, recompute=left < 0,
                              keeps_buffers=below is None or isinstance(below, Stack))  # fmt: skip
                block, layers = stack, [StackLayer(stack, index) for index in range(count)]
            _initialise(layers, graph, form)
            below = block
            yield block, layers
            number += len(layers)


def _initialise(layers: Sequence[Layer], graph: LayerGraph, form: Format) -> None:
    """Initial parameters, layer by layer."""
    for layer in layers:
        stored, layer.unrounded = form.parameters(
            {parameter.name: parameter.initial(layer.number) for parameter in graph.parameters}
        )
        for key, value in stored.items():
            layer.parameters[key][...] = value
        del stored  # as large as the layer, while the next is drawn
