"""A stack: layers of one graph that follow each other, with their arrays layer after layer in memory.

Layer by layer it does only what the next one waits for; slopes, the parameters' gradients and statistics are taken of
all layers at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from weakref import ref

import numpy as np

from ..network.graph import LayerGraph
from ..network.layer import Operation, grad_name
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..numerics.matmul import shared
from ..numerics.number_format import Format, number_format
from ..numerics.packed import numbers, parts
from ..numerics.random_streams import draws, stream
from ..ops.base import Arrays, Lane, Lanes, Op
from ..results.measurements import Measurements
from .replay import Replay, initial
from .stack_measures import StackArrays, measure_backward, measure_forward
from .turns import add_paths, exhaust

OVERLAP = 2**19  # multiply-adds of a product from which what follows is worth a second thread


class Stack:
    """Layers of one graph, numbered from `first` on; parameters (layers, *shape) by name.

    `arrays` are those of the last pass.
    """

    grad_start = np.zeros(1)  # there is no state

    def __init__(self, graph: LayerGraph, first: int, count: int, form: Format, seed: int, buffers: Workspace,
                 recompute: bool = False):  # fmt: skip
        self.graph, self.first, self.count = graph, first, count
        self.format, self.seed, self.buffers = form, seed, buffers
        self.recompute = recompute  # the backward pass computes the states again, instead of finding them saved
        self.learned = {parameter.name: parameter.shape for parameter in graph.parameters if parameter.learned}
        self.rows = np.empty((count, numbers(self.learned)), form.dtype)
        self.parameters = {key.name: np.empty((count, *key.shape), form.dtype) for key in graph.parameters}
        self.parameters |= parts(self.rows, self.learned)
        self.layers = tuple(StackLayer(self, index) for index in range(count))
        self.arrays = StackArrays()
        self._taken: list[Array] = []

    # parameters

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return self.rows.size

    def move(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        rows = vector.reshape(self.rows.shape)
        rows[...] = self.rows
        self.rows = rows
        self.parameters |= parts(rows, self.learned)

    def own(self, op: Op) -> Arrays:
        """The parameters of an operation."""
        return tuple(self.parameters[parameter.name] for parameter in op.parameters)

    # memory

    def _take(self, *shape: int) -> Array:
        array = self.buffers.take(shape, self.format.dtype)
        self._taken.append(array)
        return array

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.arrays = StackArrays()
        self.buffers.give(self._taken)

    def drop_saved(self) -> None:
        """Let go of the states if the backward pass is to compute them again; called once they have been looked at."""
        if self.recompute:
            self.arrays = StackArrays(self.arrays.input.copy())  # it lies among the states of the stack below
            self._taken = []  # not for others to take: the stack above still reads the output

    # forward

    @property
    def overlaps(self) -> bool:
        """Unless its products keep all threads busy by themselves, or are so small that threads wait for each other."""
        rows, inner, columns = len(self.arrays.input), self.graph.fan_in, self.graph.width
        return rows * inner * columns >= OVERLAP and not shared(rows, columns, inner)

    def listen(self, on_progress: Callable[[], None]) -> None:
        """Never: each stack takes but a moment."""

    def forward(self, hidden: Array) -> Array:
        """h_out (1, batch, width) of the last layer, of h_in of the first."""
        self.free()
        self.arrays.input = hidden[0]
        self._run()
        return self.arrays.values[self.graph.output][-1:]

    def _run(self) -> None:
        self._make_room()
        arrays, turns = self.arrays, []
        for (names, op), saved in zip(self.graph, arrays.saved, strict=True):
            out = tuple(arrays.values[name] for name in names)
            turn = op.forward(self.own(op), self._inputs(op), out, saved, self.format.round_)
            turns.append(turn if self.format.native else self._rounded(turn, out))
        exhaust(zip(*turns, strict=True))

    def _rounded(self, turns: Iterator[None], written: Lanes, counts: Floats | None = None) -> Iterator[None]:
        """Turns of an operation whose results are rounded as they are stored, and how many become 0 is counted."""
        for index, (_, *made) in enumerate(zip(turns, *written, strict=True)):
            for array in made:
                self.format.round_(array[None], None if counts is None else counts[index : index + 1])
            yield

    def _make_room(self) -> None:
        batch, widths, arrays = len(self.arrays.input), self.graph.widths, self.arrays
        for names, op in self.graph:
            for name in names:
                shape = self.count, batch, widths[name]
                written = self._take(*shape) if op.in_place is None else arrays.values[op.inputs[op.in_place]]
                arrays.values[name] = written
            shapes = op.saved(batch, widths[names[0]])
            arrays.saved.append(tuple(self._take(self.count, *shape) for shape in shapes.values()))
            if "draws" in shapes:
                self._draw(op, arrays.saved[-1][0])

    def _draw(self, op: Op, out: Array) -> None:
        """What a random operation draws for this pass, by layer."""
        for layer, drawn in zip(self.layers, out, strict=True):
            op.draw(stream(self.seed, draws(layer.iteration, op.name), layer.number), drawn)
        self.format.round_(out)

    def _inputs(self, op: Op) -> list[Lane]:
        return [self.arrays.by_layer(name, self.graph.output) for name in op.inputs]

    # backward

    def backward(self, grad: Array) -> Array:
        """dL/dh_in (1, batch, fan-in) of the first layer, of dL/dh_out of the last."""
        self._make_room_back(grad[0])
        if not self.arrays.values:
            self._run()
        arrays, turns = self.arrays, []

        def follow(turn: Iterator[None], written: Lanes, counted: bool = True) -> None:
            counts = arrays.underflowed[::-1] if counted else None
            turns.append(turn if self.format.native else self._rounded(turn, written, counts))

        for number, (names, op) in reversed(list(enumerate(self.graph))):
            self._prepare(number, names, op)
            into, made = _last_first(arrays.into[number]), tuple(arrays.grads[name] for name in names)
            if len(op.gradient_out) < len(into):
                own, saved, grads = map(_last_first, (self.own(op), arrays.saved[number], made))
                inputs = [lane[::-1] for lane in self._inputs(op)]
                turn = op.backward(own, inputs, saved, grads, into)
                follow(turn, _last_first(arrays.written(number, op)), not op.counts_underflow)
            for name in dict.fromkeys(op.inputs):
                if self.graph.uses[name][-1][0] == number and self.graph.summed(name):
                    total = arrays.grads[name][::-1]
                    paths = _last_first(arrays.into[user][k] for user, k in self.graph.uses[name])
                    follow(add_paths(paths, total), (total,))
        exhaust(zip(*turns, strict=True))
        return arrays.grads["in"][:1]

    def _make_room_back(self, grad: Array) -> None:
        """Arrays for the gradients; what leaves a layer is what its neighbour hands down, where widths agree."""
        graph, batch = self.graph, len(grad)
        joined = graph.fan_in == graph.width
        chain = self._take(self.count + joined, batch, graph.width)
        chain[-1] = grad  # first of all: it may lie in memory that is taken next
        below = chain[: self.count] if joined else self._take(self.count, batch, graph.fan_in)
        grads = {graph.output: chain[-self.count :]}
        into: list[Arrays] = [()] * len(graph.ops)
        for number, (names, op) in reversed(list(enumerate(graph))):
            paths: list[Array] = []
            for k, name in enumerate(op.inputs):
                summed, shape = graph.summed(name), (self.count, batch, graph.widths[name])
                if k in op.gradient_out:
                    path = grads[names[0]]
                elif k in op.same_gradient:
                    path = paths[op.same_gradient[k]]
                else:
                    path = below if name == "in" and not summed else self._take(*shape)
                paths.append(path)
                if graph.uses[name][-1] == (number, k):
                    grads[name] = path if not summed else below if name == "in" else self._take(*shape)
            inner = op.inner(batch, graph.widths[names[0]])
            into[number] = *paths, *(self._take(self.count, *shape) for shape in inner.values())
        self.arrays.grads, self.arrays.into = grads, into
        self.arrays.underflowed = np.zeros(self.count)

    def _prepare(self, number: int, names: tuple[str, ...], op: Op) -> None:
        """What an operation's backward needs, of all layers at once."""
        arrays = self.arrays
        made = tuple(arrays.values[name] for name in names)
        if shapes := op.prepared(*made[0].shape[1:]):
            arrays.saved[number] += tuple(self._take(self.count, *shape) for shape in shapes.values())
            op.prepare(tuple(np.asarray(lane) for lane in self._inputs(op)), made, arrays.saved[number])

    def collect_gradients(self) -> None:
        """The gradients of all learned parameters, from what came back through the layers."""
        arrays = self.arrays
        arrays.gradient_rows = self._take(*self.rows.shape)
        arrays.gradients = parts(arrays.gradient_rows, self.learned)
        for number, (names, op) in enumerate(self.graph):
            if any(parameter.learned for parameter in op.parameters):
                into = tuple(arrays.gradients[parameter.name] for parameter in op.parameters)
                values, grads = (tuple(table[name] for name in names) for table in (arrays.values, arrays.grads))
                groups = values, arrays.saved[number], grads, into
                for part in self._runs(op):
                    inputs = tuple(self._part(name, part) for name in op.inputs)
                    op.parameter_gradients(inputs, *(tuple(array[part] for array in group) for group in groups))
        for key, grad in arrays.gradients.items():
            arrays.underflowed_in[key] = np.zeros(self.count)
            self.format.round_(grad, arrays.underflowed_in[key])

    def _runs(self, op: Op) -> tuple[slice, ...]:
        """Layers whose inputs lie one after the other: what enters the first lies elsewhere."""
        return (slice(1), slice(1, None)) if "in" in op.inputs and self.count > 1 else (slice(None),)

    def _part(self, name: str, part: slice) -> Array:
        if name != "in":
            return self.arrays.values[name][part]
        return self.arrays.values[self.graph.output][:-1] if part.start else self.arrays.input[None]

    # results

    def measure(self, phase: str) -> Measurements:
        """Statistics of the forward or backward pass."""
        if phase == "forward":
            return measure_forward(self.graph, self.arrays)
        return measure_backward(self.graph, self.arrays, self.parameters, self.rows, self.format)


class StackLayer:
    """The layer at an index of a stack, from 0, to look at; of the last pass it has views (1, batch, features)."""

    feedback: tuple[str, ...] = ()
    iteration = 0
    recording = False
    drawn: Mapping[str, Array] = {}  # parameters that were too large, as they were drawn

    def __init__(self, stack: Stack, index: int):
        self._stack, self.index = ref(stack), index  # a cycle would keep a network until garbage is looked for
        self.number = stack.first + index  # of the network's layers, from 1
        self.matrices = stack.graph.matrices

    @property
    def stack(self) -> Stack:
        """Whose layer it is, which must still be there."""
        stack = self._stack()
        assert stack is not None
        return stack

    @property
    def graph(self) -> LayerGraph:
        """The operations that it is made of."""
        return self.stack.graph

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
    def entered(self) -> Array:
        """h_in."""
        stack = self.stack
        return stack.arrays.by_layer("in", stack.graph.output)[self.index][None]

    @property
    def hidden(self) -> Array:
        """h_out."""
        return self._of(self.stack.arrays.values[self.stack.graph.output])

    @property
    def grad_hidden(self) -> Array:
        """dL/dh_out."""
        return self._of(self.stack.arrays.grads[self.stack.graph.output])

    grad_output = grad_hidden

    def _of(self, array: Array) -> Array:
        return array[self.index : self.index + 1]

    def forward(self, hidden: Array) -> Array:
        """h_out (1, batch, width) of any h_in, by a layer of its own."""
        return self.alone(self.stack.format).forward(hidden)

    def float64_copy(self, _step: int) -> Stack:
        """The same layer with its parameters in float64."""
        return self.alone(number_format("float64"))

    def alone(self, form: Format) -> Stack:
        """The same layer by itself, in any number format."""
        stack = Stack(self.stack.graph, self.number, 1, form, self.stack.seed, Workspace())
        for key, value in self.parameters.items():
            stack.parameters[key][0] = value
        stack.layers[0].iteration = self.iteration
        return stack

    def operations(self, phase: str) -> Iterator[Operation]:
        """The arrays of the last pass in the order in which they were made, made once more: some shared memory."""
        stack = self.stack
        ops = [op for _, op in stack.graph]
        drawn = {n: kept[0][self.index] for n, kept in enumerate(stack.arrays.saved) if "draws" in ops[n].saved(1, 1)}
        given = {"in": self.entered[0]}
        replay = Replay(stack.graph, self.number, self.parameters, given, drawn, stack.format)
        if phase == "forward":
            yield from initial(self.number, self.parameters, self.drawn)
            yield from replay.forward()
        else:
            yield from replay.backward({stack.graph.output: {"above": self.grad_hidden[0]}})

    def arrays(self) -> Mapping[str, Array]:
        """Every array of the last pass by the name that a PyTorch user expects, without the layer's prefix."""
        graph, arrays = self.stack.graph, self.stack.arrays
        shown = dict.fromkeys((*graph.preactivation, graph.output))
        named = self.parameters | {name: arrays.values[name][self.index] for name in shown}
        named |= {grad_name(name): arrays.grads[name][self.index] for name in shown}
        for (_, op), saved in zip(graph, arrays.saved, strict=True):
            named |= {name: array[self.index] for name, array in op.shown(saved).items()}
        return named | {grad_name(key): value for key, value in self.gradients.items()}

    def histogram_arrays(self, _step: int) -> Mapping[str, Array]:
        """The arrays worth a histogram."""
        graph, arrays = self.stack.graph, self.stack.arrays
        named = {name: arrays.values[name] for name in graph.preactivation} | {
            "activation": arrays.values[graph.output]
        }
        for (_, op), saved in zip(graph, arrays.saved, strict=True):
            named |= op.histograms(saved)
        return {name: self._of(array) for name, array in (named | {"gradient": arrays.grads[graph.output]}).items()}


def _last_first(arrays: Iterable[Array]) -> Arrays:
    """Views of arrays (layers, ...) that begin with the last layer."""
    return tuple(array[::-1] for array in arrays)
