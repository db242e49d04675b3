"""One layer of a stack as a `Layer`: views of its arrays by name, and its operations recomputed."""

from collections.abc import Iterator, Mapping

from ..network.layer import Layer, NamedArrays, Operation, RecomputedStep, exact_parameters, grad_name
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.image import shaped
from ..numerics.number_format import number_format
from ..results.record import NO_EVIDENCE, Evidence
from .replay import PathGradients, Replay, initial_parameters
from .stack import Stack


class StackLayer:
    """The layer at an index (from 0) of a stack; arrays are views (steps, batch, features) of the last pass's."""

    feedback: tuple[str, ...] = ()
    directions: tuple[Layer, ...] = ()
    unrounded: Mapping[str, Array] = {}  # parameters that the number format can't hold, before rounding

    def __init__(self, stack: Stack, index: int, prefix: str | None = None, sequence: bool = False):
        self.stack, self.index, self.graph = stack, index, stack.graph
        self.number = stack.first + index  # of the network's layers, from 1
        self.matrices = stack.graph.matrices
        self.sequence = sequence  # whether arrays in a dump have an axis of steps
        self.prefix = f"layers.{self.number}." if prefix is None else prefix  # before array names in messages

    @property
    def iteration(self) -> int:
        """The training iteration (from 0) of the last pass."""
        return self.stack.arrays.iteration

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameters by name."""
        return {key: values[self.index] for key, values in self.stack.parameters.items()}

    @property
    def gradients(self) -> dict[str, Array]:
        """Gradients of the learned parameters."""
        return {key: values[self.index] for key, values in self.stack.arrays.gradients.items()}

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(self.stack.learned)

    @property
    def inputs(self) -> Array:
        """h_in."""
        return self._by_step(self.stack.arrays.values["in"])

    @property
    def output(self) -> Array:
        """h_out."""
        return self._by_step(self.stack.arrays.values[self.graph.output])

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self._by_step(self.stack.arrays.grads[self.graph.output])

    grad_output = grad_hidden

    def _by_step(self, array: Array) -> Array:
        """The layer's part of an array (layers, rows, features), by step."""
        return self.stack.arrays.by_step(array[self.index])

    def float64_copy(self, _step: int) -> Stack:
        """A stack of this layer alone in float64, with its `exact_parameters`."""
        stack = Stack(self.graph, self.number, 1, number_format("float64"), self.stack.seed, Workspace())
        for key, value in exact_parameters(self):
            stack.parameters[key][0] = value
        return stack

    def operations(self, phase: str, _evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The operations of the last pass in order, recomputed, as some arrays share memory and are written over."""
        if phase == "forward":
            yield from initial_parameters(self.prefix, self.parameters, self.unrounded)
            yield from self._replay().forward()
        else:
            yield from self._replay().backward(self._path_gradients())

    def save_step_gradients(self, step: int) -> None:
        """Nothing to do: a stack keeps the gradients of all steps."""

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """All operations at a step (from 0)."""
        yield self._replay().recompute_step(self._path_gradients(), step)

    def _replay(self) -> Replay:
        arrays, ops = self.stack.arrays, self.graph.ops
        draws = {k: saved[0][self.index] for k, saved in enumerate(arrays.saved) if ops[k][1].random}
        inputs = {"in": arrays.values["in"][self.index]}
        return Replay(self.graph, self.number, self.parameters, inputs, draws, self.stack.format, steps=arrays.steps,
                      prefix=self.prefix)  # fmt: skip

    def _path_gradients(self) -> PathGradients:
        """The only gradient that enters the layer: dL/dh_out."""
        return {self.graph.output: {"above": self.stack.arrays.grads[self.graph.output][self.index]}}

    def arrays(self) -> NamedArrays:
        """All arrays of the last pass by their PyTorch names, without the layer's prefix."""
        graph, arrays, round_ = self.graph, self.stack.arrays, self.stack.format.round_
        shown = graph.dumped or dict(zip(*[(*graph.preactivation, graph.output)] * 2, strict=True))

        def named(value: str, array: Array) -> Array:
            return shaped(self._batch_first(array), graph.widths[value])

        values = self.parameters | {name: named(value, arrays.values[value]) for name, value in shown.items()}
        gradients = {grad_name(name): named(value, arrays.grads[value]) for name, value in shown.items()}
        for number, ((names, op), saved) in enumerate(zip(graph, arrays.saved, strict=True)):
            part, width = graph.prefix(number), graph.widths[names[0]]
            values |= {part + name: self._saved(array, width) for name, array in op.shown(saved).items()}
            of_layer = arrays.values_of(op.inputs), saved, [arrays.grads[name] for name in names]
            inputs, its_saved, grads = (tuple(array[self.index] for array in group) for group in of_layer)
            inner_values = op.inner_values(inputs, its_saved, round_)
            inner_gradients = op.inner_gradients(inputs, its_saved, grads, round_)
            values |= {part + name: array for name, array in inner_values.items()}
            gradients |= {part + name: array for name, array in inner_gradients.items()}
        return NamedArrays(values, gradients | {grad_name(key): value for key, value in self.gradients.items()})

    def _batch_first(self, array: Array) -> Array:
        """The layer's part of an array as (batch, features), or of a sequence (batch, steps, features)."""
        steps = self._by_step(array)
        return steps.swapaxes(0, 1) if self.sequence else steps[0]

    def _saved(self, array: Array, features: int) -> Array:
        """The layer's part of a saved array, batch first if the array has rows."""
        has_rows = array.shape[1] == len(self.stack.arrays.input)
        return shaped(self._batch_first(array), features) if has_rows else array[self.index]

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """Arrays of a step (from 0) that get a histogram, (1, batch, features)."""
        graph, arrays = self.graph, self.stack.arrays
        named = {"preactivation": arrays.values[graph.preactivation[0]]} if graph.preactivation else {}
        named |= {"activation": arrays.values[graph.output]}
        for (_, op), saved in zip(graph, arrays.saved, strict=True):
            named |= op.histograms(saved)
        named |= {"gradient": arrays.grads[graph.output]}
        return {name: self._by_step(array)[step : step + 1] for name, array in named.items()}
