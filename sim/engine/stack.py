"""A stack: layers of one graph that follow each other, with their arrays layer after layer in memory.

The steps of a sequence are rows like the samples of a batch: row = step x samples + sample.

Layer by layer it does only what the next one waits for; slopes, the parameters' gradients and statistics are taken of
all layers at once.
"""

import math
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import state_numbers
from ..network.graph import LayerGraph
from ..network.memory import gradient_numbers
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..numerics.matmul import shared
from ..numerics.number_format import Format
from ..numerics.packed import numbers, parts
from ..numerics.random_streams import draws, stream
from ..ops.base import Arrays, Lane, Lanes, Op
from ..results.measurements import Measurements
from .stack_measures import StackArrays, measure_backward, measure_forward
from .turns import add_paths, exhaust

OVERLAP = 2**19  # multiply-adds of a product from which what follows is worth a second thread


class Stack:
    """Layers of one graph, numbered from `first` on; parameters (layers, *shape) by name.

    `arrays` are those of the last pass.
    """

    copies_gradient = True

    def __init__(self, graph: LayerGraph, first: int, count: int, form: Format, seed: int, buffers: Workspace,
                 recompute: bool = False, keeps_buffers: bool = True):  # fmt: skip
        self.graph, self.first, self.count = graph, first, count
        self.format, self.seed, self.buffers = form, seed, buffers
        self.recompute = recompute  # the backward pass computes the states again, instead of finding them saved
        self.keeps_buffers = keeps_buffers  # whether what lies below copies dL/dh_in before it takes any memory
        self.learned = {parameter.name: parameter.shape for parameter in graph.parameters if parameter.learned}
        self.rows = np.empty((count, numbers(self.learned)), form.dtype)
        self.parameters = {key.name: np.empty((count, *key.shape), form.dtype) for key in graph.parameters}
        self.parameters |= parts(self.rows, self.learned)
        self.arrays = StackArrays()
        self._taken: list[Array] = []
        self._used = 0  # numbers of the last piece of it
        self._needs = (0, 0, 0)  # for so many rows as many numbers forward and backward

    # parameters

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return self.rows.size

    def bind(self, vector: Array) -> None:
        """Let those numbers live in a vector."""
        rows = vector.reshape(self.rows.shape)
        rows[...] = self.rows
        self.rows = rows
        self.parameters |= parts(rows, self.learned)

    def params(self, op: Op) -> Arrays:
        """The parameters of an operation."""
        return tuple(self.parameters[parameter.name] for parameter in op.parameters)

    # memory

    def _make_room(self, rows: int, backward: bool) -> None:
        """One piece of memory for all that a phase of the pass takes."""
        if self._needs[0] != rows:
            back = gradient_numbers(self.graph, rows) + rows * self.graph.fan_in + self.rows.shape[1]
            states = self.count * state_numbers(self.graph, rows)
            self._needs = rows, states, self.count * back + rows * self.graph.width
        self._taken.append(self.buffers.take((self._needs[1 + backward],), self.format.dtype))
        self._used = 0

    def _take(self, *shape: int) -> Array:
        start, self._used = self._used, self._used + math.prod(shape)
        return self._taken[-1][start : self._used].reshape(shape)

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.arrays = StackArrays()
        self.buffers.give(self._taken)

    def drop_saved(self) -> None:
        """Let go of the states if the backward pass is to compute them again; called once they have been looked at."""
        if self.recompute:
            inputs = self.arrays.input.copy()  # it lies among the states of the stack below
            self.arrays = StackArrays(inputs, self.arrays.steps, self.arrays.iteration)
            self._taken = []  # not for others to take: the stack above still reads the output

    # forward

    @property
    def overlaps(self) -> bool:
        """Unless its products keep all threads busy by themselves, or are so small that threads wait for each other."""
        rows, inner, columns = len(self.arrays.input), self.graph.fan_in, self.graph.width
        return rows * inner * columns >= OVERLAP and not shared(rows, columns, inner)

    def forward(self, inputs: Array, iteration: int = 0, _on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, width) of the last layer, of h_in of the first; no progress: it takes but a moment."""
        self.free()
        self.arrays.input, self.arrays.steps = inputs.reshape(-1, inputs.shape[2]), len(inputs)
        self.arrays.iteration = iteration
        self._run()
        output = self.arrays.values[self.graph.output][-1]
        return Forward(self.arrays.by_step(output), partial(measure_forward, self.graph, self.arrays))

    def _run(self) -> None:
        self._allocate()
        arrays, turns = self.arrays, []
        for (names, op), saved in zip(self.graph, arrays.saved, strict=True):
            out = tuple(arrays.values[name] for name in names)
            turn = op.forward(self.params(op), self._inputs(op), out, saved, self.format.round_)
            turns.append(turn if self.format.native else self._rounded(turn, out))
        exhaust(zip(*turns, strict=True))

    def _rounded(self, turns: Iterator[None], written: Lanes, counts: Floats | None = None) -> Iterator[None]:
        """Turns of an operation whose results are rounded as they are stored, and how many become 0 is counted."""
        for index, (_, *made) in enumerate(zip(turns, *written, strict=True)):
            for array in made:
                self.format.round_(array.reshape(self.arrays.steps, -1), None if counts is None else counts[index])
            yield

    def _allocate(self) -> None:
        batch, widths, arrays = len(self.arrays.input), self.graph.widths, self.arrays
        self._make_room(batch, backward=False)
        for names, op in self.graph:
            for name in names:
                shape = self.count, batch, widths[name]
                written = self._take(*shape) if op.in_place is None else arrays.values[op.inputs[op.in_place]]
                arrays.values[name] = written
            shapes = op.saved(batch, widths[names[0]])
            arrays.saved.append(tuple(self._take(self.count, *shape) for shape in shapes.values()))
            if op.random:
                self._draw(op, f"{op.drawn_as}{self.graph.part(len(arrays.saved) - 1)}", arrays.saved[-1][0])

    def _draw(self, op: Op, purpose: str, out: Array) -> None:
        """What a random operation draws for this pass, by layer."""
        for number, of_layer in enumerate(out, self.first):
            op.draw(stream(self.seed, draws(self.arrays.iteration, purpose), number), of_layer)
        self.format.round_(out)

    def _inputs(self, op: Op) -> list[Lane]:
        return [self.arrays.by_layer(name, self.graph.output) for name in op.inputs]

    # backward

    def backward(self, grad: Array, _on_progress: Progress = unwatched, _keep_arrays: bool = False) -> Backward:
        """dL/dh_in (steps, batch, fan-in) of the first layer, of dL/dh_out of the last; it keeps all arrays anyhow."""
        self._allocate_backward(grad.reshape(-1, grad.shape[2]))
        if not self.arrays.values:
            used = self._used
            self._run()
            self._taken, self._used = self._taken[::-1], used  # what comes is for the gradients again
        arrays, turns = self.arrays, []

        def follow(turn: Iterator[None], written: Lanes, counted: bool = True) -> None:
            counts = arrays.underflowed[::-1] if counted else None
            turns.append(turn if self.format.native else self._rounded(turn, written, counts))

        for number, (names, op) in reversed(list(enumerate(self.graph))):
            self._prepare(number, names, op)
            into, made = _last_first(arrays.into[number]), tuple(arrays.grads[name] for name in names)
            if len(op.gradient_out) < len(into):
                params, saved, grads = map(_last_first, (self.params(op), arrays.saved[number], made))
                inputs = [lane[::-1] for lane in self._inputs(op)]
                turn = op.backward(params, inputs, saved, grads, into, self.format.round_)
                follow(turn, _last_first(arrays.written(number, op)), not op.counts_underflow)
            for name in dict.fromkeys(op.inputs):
                if self.graph.uses[name][-1][0] == number and name in self.graph.summed:
                    total = arrays.grads[name][::-1]
                    paths = _last_first(arrays.into[user][k] for user, k in self.graph.uses[name])
                    follow(add_paths(paths, total), (total,))
        exhaust(zip(*turns, strict=True))
        below = arrays.grads["in"][0] if self.keeps_buffers else arrays.grads["in"][0].copy()
        return Backward(arrays.by_step(below), self._measure_backward, complete=self._collect_gradients)

    def _allocate_backward(self, grad: Array) -> None:
        """Arrays for the gradients; what leaves a layer is what its neighbour hands down, where widths agree."""
        graph, batch = self.graph, len(grad)
        self._make_room(batch, backward=True)
        joined = graph.fan_in == graph.width
        chain = self._take(self.count + joined, batch, graph.width)
        chain[-1] = grad  # first of all: it may lie in memory that is taken next
        below = chain[: self.count] if joined else self._take(self.count, batch, graph.fan_in)
        grads = {graph.output: chain[-self.count :]}
        into: list[Arrays] = [()] * len(graph.ops)
        for number, (names, op) in reversed(list(enumerate(graph))):
            paths: list[Array] = []
            for k, name in enumerate(op.inputs):
                summed, shape = name in graph.summed, (self.count, batch, graph.widths[name])
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
        self.arrays.underflowed = np.zeros((self.count, self.arrays.steps))

    def _prepare(self, number: int, names: tuple[str, ...], op: Op) -> None:
        """What an operation's backward needs, of all layers at once."""
        arrays = self.arrays
        made = tuple(arrays.values[name] for name in names)
        if shapes := op.prepared(*made[0].shape[1:]):
            arrays.saved[number] += tuple(self._take(self.count, *shape) for shape in shapes.values())
            op.prepare(tuple(np.asarray(lane) for lane in self._inputs(op)), made, arrays.saved[number])

    def _measure_backward(self) -> Measurements:
        self._collect_gradients()
        return measure_backward(self.graph, self.arrays, self.parameters, self.rows, self.format)

    def _collect_gradients(self) -> None:
        """The gradients of all learned parameters, from the gradients of their values."""
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
            matrices = [one for one in self.graph.matrices.values() if one.parameter == key]
            for name, rows in [(one.packed, one.rows) for one in matrices] or [(key, slice(None))]:
                arrays.underflowed_in[name] = np.zeros(self.count)
                self.format.round_(grad[:, rows], arrays.underflowed_in[name])

    def _runs(self, op: Op) -> tuple[slice, ...]:
        """Layers whose inputs lie one after the other: what enters the first lies elsewhere."""
        return (slice(1), slice(1, None)) if "in" in op.inputs and self.count > 1 else (slice(None),)

    def _part(self, name: str, part: slice) -> Array:
        if name != "in":
            return self.arrays.values[name][part]
        return self.arrays.values[self.graph.output][:-1] if part.start else self.arrays.input[None]


def _last_first(arrays: Iterable[Array]) -> Arrays:
    """Views of arrays (layers, ...) that begin with the last layer."""
    return tuple(array[::-1] for array in arrays)
