"""Plans the executors of a network's layers: stacks of equal layers, and layers that are unrolled over time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..network.block import Block
from ..network.budget import CHUNK, LAYERS, SAVED_CHUNKS, SAVED_STATES, stack_layers, state_numbers
from ..network.graph import LayerGraph
from ..network.layer import Layer
from ..network.layers import entry_graph, exit_graph, layer_graphs
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format, carrier_bytes
from ..scenario.scenario import Scenario
from .bidirectional import Bidirectional
from .bidirectional_layer import BidirectionalLayer
from .stack import Stack
from .stack_layer import StackLayer
from .step_reduction import StepReduction
from .unroll import Unroll
from .unroll_layer import UnrollLayer


@dataclass(frozen=True)
class Limits:
    """Sizes of the pieces that a pass is computed in; they change no result but by the order of sums."""

    layers: int = LAYERS  # most layers in a stack
    states: int = SAVED_STATES  # bytes that all stacks save for the backward pass; the rest is recomputed
    chunk: int = CHUNK  # most numbers in one array of a chunk of steps
    chunks: int = SAVED_CHUNKS  # bytes that all unrolled layers save for the backward pass


DEFAULT = Limits()


@dataclass
class Ends:
    """The stacks before the first layer (an embedding) and after the last (a final norm), where the kind has them."""

    entry: StackLayer | None = None
    exit: StackLayer | None = None

    @property
    def both(self) -> tuple[StackLayer, ...]:
        """Those of the two that exist."""
        return tuple(end for end in (self.entry, self.exit) if end is not None)

    def around(self, blocks: Sequence[Block]) -> list[Block]:
        """The blocks of a network's layers with these two around them."""
        before, after = ([] if end is None else [end.stack] for end in (self.entry, self.exit))
        return [*before, *blocks, *after]

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters by name."""
        return {key: value for end in self.both for key, value in end.parameters.items()}

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(key for end in self.both for key in end.learned)

    @property
    def size(self) -> int:
        """The number of learned parameters."""
        return sum(end.stack.size for end in self.both)

    def bind(self, vector: Array, gradients: Array) -> None:
        """Move the learned parameters into a vector (size,); backward passes write their gradients into the other."""
        start = 0
        for end in self.both:
            part, start = slice(start, start + end.stack.size), start + end.stack.size
            end.stack.bind(vector[part], gradients[part])


def plan(
    scenario: Scenario, inputs: int, steps: int, form: Format, limits: Limits
) -> Iterator[tuple[Block, Sequence[Layer]]]:
    """All blocks with initial parameters, from the input upwards, each with its layers.

    `inputs` and `steps` are the features and time steps of the network's input.
    """
    number, workspace, depth, left = 1, Workspace(), scenario.depth, limits.states
    sequence = scenario.reads_sequence
    previous: Block | None = None
    for graph, equal in layer_graphs(scenario, inputs):
        end = number + equal
        while number < end:
            block: Block
            layers: Sequence[Layer]
            if graph.reduces_steps:
                reduction = StepReduction(graph, number, form)
                block, layers, steps, sequence = reduction, [reduction], 1, False
            elif graph.directions:
                both = Bidirectional(graph, number, form, scenario.seed, workspace, length=limits.chunk,
                                     budget=limits.chunks // depth)  # fmt: skip
                block, layers = both, [BidirectionalLayer(both)]
            elif graph.unrolls(steps):
                unroll = Unroll(graph, number, form, scenario.seed, workspace, truncate=scenario.time.truncate,
                                length=limits.chunk, budget=limits.chunks // depth)  # fmt: skip
                block, layers = unroll, [UnrollLayer(unroll, batch_first=scenario.network.named)]
            else:
                rows = scenario.data.batch * steps
                count = stack_layers(graph, end - number, rows, limits.layers)
                left -= count * carrier_bytes(scenario.precision.format) * state_numbers(graph, rows)
                stack = Stack(graph, number, count, form, scenario.seed, workspace, recompute=left < 0,
                              lends_grad_input=previous is None or previous.copies_gradient)  # fmt: skip
                block, layers = stack, [StackLayer(stack, index, sequence=sequence) for index in range(count)]
            _initialise(layers, graph, form)
            previous = block
            yield block, layers
            number += len(layers)


def plan_ends(scenario: Scenario, inputs: int, features: int, form: Format) -> Ends:
    """The entry stack for the network's `inputs` and the exit stack for the last layer's `features`, if any."""

    def end(graph: LayerGraph | None, number: int) -> StackLayer | None:
        if graph is None:
            return None
        stack = Stack(graph, number, 1, form, scenario.seed, Workspace())
        layer = StackLayer(stack, 0, "", scenario.reads_sequence)
        _initialise([layer], graph, form)
        return layer

    return Ends(end(entry_graph(scenario, inputs), 1), end(exit_graph(scenario, features), scenario.depth))


def _initialise(layers: Sequence[Layer], graph: LayerGraph, form: Format) -> None:
    """Draw the initial parameters, layer by layer, and round them."""
    for layer in layers:
        stored, layer.unrounded = form.parameters(
            {parameter.name: parameter.initial(layer.number) for parameter in graph.parameters}
        )
        for key, value in stored.items():
            layer.parameters[key][...] = value
        del stored  # as large as the layer, while the next is drawn
