"""One layer of a stack to look at: its arrays by name, and its operations once more."""

from collections.abc import Iterator, Mapping

from ..network.layer import Layer, NamedArrays, Operation, RecomputedStep, exact_parameters, grad_name
from ..numerics.arrays import Array
from ..numerics.buffers import Workspace
from ..numerics.image import shaped
from ..numerics.number_format import number_format
from ..results.record import NO_EVIDENCE, Evidence
from .replay import Replay, initial_parameters
from .stack import Stack


class StackLayer:
    """The layer at an index of a stack, from 0, to look at; of the last pass it has views (steps, batch, features)."""

    feedback: tuple[str, ...] = ()
    directions: tuple[Layer, ...] = ()
    unrounded: Mapping[str, Array] = {}  # parameters that the number format can't hold, unrounded

    def __init__(self, stack: Stack, index: int, prefix: str | None = None, sequence: bool = False):
        self.stack, self.index, self.graph = stack, index, stack.graph
        self.number = stack.first + index  # of the network's layers, from 1
        self.matrices = stack.graph.matrices
        self.sequence = sequence  # its arrays have steps, be it one
        self.prefix = f"layers.{self.number}." if prefix is None else prefix  # of its arrays' names in messages

    @property
    def iteration(self) -> int:
        """Of training, from 0, in the last pass."""
        return self.stack.arrays.iteration

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""
        return {key: values[self.index] for key, values in self.stack.parameters.items()}

    @property
    def gradients(self) -> dict[str, Array]:
        """Of the parameters that are learned."""
        return {key: values[self.index] for key, values in self.stack.arrays.gradients.items()}

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(self.stack.learned)

    @property
    def inputs(self) -> Array:
        """h_in."""
        return self._of(self.stack.arrays.values["in"])

    @property
    def output(self) -> Array:
        """h_out."""
        return self._of(self.stack.arrays.values[self.stack.graph.output])

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self._of(self.stack.arrays.grads[self.stack.graph.output])

    grad_output = grad_hidden

    def _of(self, array: Array) -> Array:
        return self.stack.arrays.by_step(array[self.index])

    def float64_copy(self, _step: int) -> Stack:
        """The same layer by itself, with its `exact_parameters` in float64."""
        stack = Stack(self.stack.graph, self.number, 1, number_format("float64"), self.stack.seed, Workspace())
        for key, value in exact_parameters(self):
            stack.parameters[key][0] = value
        return stack

    def operations(self, phase: str, _evidence: Evidence = NO_EVIDENCE) -> Iterator[Operation]:
        """The arrays of the last pass in the order in which they were made, made once more: some shared memory."""
        if phase == "forward":
            yield from initial_parameters(self.prefix, self.parameters, self.unrounded)
            yield from self._replay().forward()
        else:
            yield from self._replay().backward(self._above())

    def save_step_gradients(self, step: int) -> None:
        """It keeps all anyhow."""

    def recompute_step(self, step: int) -> Iterator[RecomputedStep]:
        """Its operations at a step, from 0."""
        yield self._replay().recompute_step(self._above(), step)

    def _replay(self) -> Replay:
        stack = self.stack
        ops = [op for _, op in stack.graph]
        draws = {n: kept[0][self.index] for n, kept in enumerate(stack.arrays.saved) if ops[n].random}
        inputs = {"in": stack.arrays.values["in"][self.index]}
        return Replay(stack.graph, self.number, self.parameters, inputs, draws, stack.format, steps=stack.arrays.steps,
                      prefix=self.prefix)  # fmt: skip

    def _above(self) -> dict[str, dict[str, Array]]:
        stack = self.stack
        return {stack.graph.output: {"above": stack.arrays.grads[stack.graph.output][self.index]}}

    def arrays(self) -> NamedArrays:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        graph, arrays = self.stack.graph, self.stack.arrays
        shown = graph.dumped or dict(zip(*[(*graph.preactivation, graph.output)] * 2, strict=True))
        widths = graph.widths

        def named(value: str, array: Array) -> Array:
            return shaped(self._batch_first(array), widths[value])

        values = self.parameters | {name: named(value, arrays.values[value]) for name, value in shown.items()}
        gradients = {grad_name(name): named(value, arrays.grads[value]) for name, value in shown.items()}
        for number, ((names, op), saved) in enumerate(zip(graph, arrays.saved, strict=True)):
            part, width = graph.part(number), widths[names[0]]
            values |= {part + name: self._drawn(array, width) for name, array in op.shown(saved).items()}
            inputs, kept, grads = (
                tuple(array[self.index] for array in group)
                for group in (arrays.values_of(op.inputs), saved,
                              [arrays.grads[name] for name in names])
            )  # fmt: skip
            inner = op.inner_values(inputs, kept, self.stack.format.round_)
            values |= {part + name: array for name, array in inner.items()}
            inner = op.inner_gradients(inputs, kept, grads, self.stack.format.round_)
            gradients |= {part + name: array for name, array in inner.items()}
        return NamedArrays(values, gradients | {grad_name(key): value for key, value in self.gradients.items()})

    def _batch_first(self, array: Array) -> Array:
        """One layer's rows as (batch, features), of a sequence as (batch, steps, features)."""
        steps = self._of(array)
        return steps.swapaxes(0, 1) if self.sequence else steps[0]

    def _drawn(self, array: Array, features: int) -> Array:
        """What is saved of one layer, by row if it is as rows are."""
        by_row = array.shape[1] == len(self.stack.arrays.input)
        return shaped(self._batch_first(array), features) if by_row else array[self.index]

    def histogram_arrays(self, step: int) -> Mapping[str, Array]:
        """The arrays of one step worth a histogram."""
        graph, arrays = self.stack.graph, self.stack.arrays
        named = {"preactivation": arrays.values[graph.preactivation[0]]} if graph.preactivation else {}
        named |= {"activation": arrays.values[graph.output]}
        for (_, op), saved in zip(graph, arrays.saved, strict=True):
            named |= op.histograms(saved)
        named |= {"gradient": arrays.grads[graph.output]}
        return {name: self._of(array)[step : step + 1] for name, array in named.items()}
