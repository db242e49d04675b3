"""The executors of a network's layers: stacks of equal graphs, or one by one what is unrolled over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..network.block import Block
from ..network.budget import CHUNK, LAYERS, SAVED_CHUNKS, SAVED_STATES, stack_layers, state_numbers
from ..network.graph import LayerGraph
from ..network.layer import Layer
from ..network.layers import entry_graph, exit_graph, layer_graphs
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format, carrier_bytes
from ..scenario.scenario import Scenario
from .both_directions import BothDirections
from .both_layer import BothLayer
from .ends import Ends
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


def plan(
    scenario: Scenario, inputs: int, steps: int, form: Format, limits: Limits
) -> Iterator[tuple[Block, Sequence[Layer]]]:
    """All blocks with their initial parameters, from the input upwards, each with its layers to look at.

    `steps` are those of the network's input.
    """
    number, buffers, depth, left = 1, Workspace(), scenario.depth, limits.states
    sequence = scenario.reads_sequence
    below: Block | None = None
    for graph, equal in layer_graphs(scenario, inputs):
        end = number + equal
        while number < end:
            block: Block
            layers: Sequence[Layer]
            if graph.reduces_steps:
                reduction = StepReduction(graph, number, form)
                block, layers, steps, sequence = reduction, [reduction], 1, False
            elif graph.directions:
                both = BothDirections(graph, number, form, scenario.seed, buffers, length=limits.chunk,
                                      budget=limits.chunks // depth)  # fmt: skip
                block, layers = both, [BothLayer(both)]
            elif graph.unrolls(steps):
                unroll = Unroll(graph, number, form, scenario.seed, buffers, truncate=scenario.time.truncate,
                                length=limits.chunk, budget=limits.chunks // depth)  # fmt: skip
                block, layers = unroll, [UnrollLayer(unroll, batch_first=scenario.network.named)]
            else:
                rows = scenario.data.batch * steps
                count = stack_layers(graph, end - number, rows, limits.layers)
                left -= count * carrier_bytes(scenario.precision.format) * state_numbers(graph, rows)
                stack = Stack(graph, number, count, form, scenario.seed, buffers, recompute=left < 0,
                              keeps_buffers=below is None or below.copies_gradient)  # fmt: skip
                block, layers = stack, [StackLayer(stack, index, sequence=sequence) for index in range(count)]
            _initialise(layers, graph, form)
            below = block
            yield block, layers
            number += len(layers)


def plan_ends(scenario: Scenario, inputs: int, features: int, form: Format) -> Ends:
    """What comes before the layers and after them, of a network's inputs and of its last layer's features."""

    def end(graph: LayerGraph | None, number: int) -> StackLayer | None:
        if graph is None:
            return None
        stack = Stack(graph, number, 1, form, scenario.seed, Workspace())
        layer = StackLayer(stack, 0, "", scenario.reads_sequence)
        _initialise([layer], graph, form)
        return layer

    return Ends(end(entry_graph(scenario, inputs), 1), end(exit_graph(scenario, features), scenario.depth))


def _initialise(layers: Sequence[Layer], graph: LayerGraph, form: Format) -> None:
    """Initial parameters, layer by layer."""
    for layer in layers:
        stored, layer.unrounded = form.parameters(
            {parameter.name: parameter.initial(layer.number) for parameter in graph.parameters}
        )
        for key, value in stored.items():
            layer.parameters[key][...] = value
        del stored  # as large as the layer, while the next is drawn
