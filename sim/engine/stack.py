"""A stack: layers of one graph that follow each other, with their arrays layer after layer in memory.

The steps of a sequence are rows like the samples of a batch: row = step x samples + sample.

Layer by layer it does only what the next one waits for; slopes, the parameters' gradients and statistics are taken of
all layers at once.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import overlaps
from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..numerics.number_format import Format
from ..numerics.packed import numbers, parts
from ..numerics.random_streams import draws, stream
from ..ops.base import Arrays, Lanes, Op
from ..results.measurements import Measurements
from .stack_arrays import StackArrays
from .stack_layout import Layout, OpTurns, Room
from .stack_measures import measure_backward, measure_forward
from .turns import add_paths, exhaust

NONE = np.empty((0, 0))


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
        self.bound: Array | None = None  # where the gradients of the rows are to be
        self.arrays = StackArrays(NONE)
        self.layout = Layout(graph, count, 0)
        self._taken: list[Array] = []

    # parameters

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return self.rows.size

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let those numbers live in a vector, and their gradients in another."""
        rows, self.bound = vector.reshape(self.rows.shape), gradients.reshape(self.rows.shape)
        rows[...] = self.rows
        self.rows = rows
        self.parameters |= parts(rows, self.learned)

    def params(self, op: Op) -> Arrays:
        """The parameters of an operation."""
        return tuple(self.parameters[parameter.name] for parameter in op.parameters)

    # memory

    def _allocate(self, room: Room) -> list[Array]:
        """One piece of memory for all that a phase of the pass takes."""
        self._taken.append(memory := self.buffers.take((room.numbers,), self.format.dtype))
        return room.arrays(memory)

    def free(self) -> None:
        """Forget the arrays of the last pass, but not the parameters."""
        self.arrays = StackArrays(NONE)
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
        """Whether a pass may be measured while the next stack is at it."""
        return overlaps(self.graph, len(self.arrays.input))

    def forward(self, inputs: Array, iteration: int = 0, _on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, width) of the last layer, of h_in of the first; no progress: it takes but a moment."""
        self.buffers.give(self._taken)
        rows = inputs.reshape(-1, inputs.shape[2])
        if self.layout.rows != len(rows):
            self.layout = Layout(self.graph, self.count, len(rows))
        self.arrays = arrays = StackArrays(rows, len(inputs), iteration)
        self._run()
        output = arrays.values[self.graph.output][-1]
        return Forward(arrays.by_step(output), partial(measure_forward, self.graph, arrays))

    def _run(self) -> None:
        arrays, layout, native = self.arrays, self.layout.forward, self.format.native
        memory = self._allocate(layout.room)
        arrays.values = layout.room.named(memory, layout.values)
        arrays.saved = [layout.room.of(memory, places) for places in layout.saved]
        if "in" in arrays.values:
            arrays.values["in"][0] = arrays.input
        else:
            arrays.values["in"] = arrays.input[None]
        turns = []
        for number, ((names, op), saved) in enumerate(zip(self.graph.ops, arrays.saved, strict=True)):
            if op.random:
                self._draw(op, f"{op.drawn_as}{self.graph.part(number)}", saved[0])
            out = arrays.values_of(names)
            turn = op.forward(self.params(op), arrays.values_of(op.inputs), out, saved, self.format.round_)
            turns.append(turn if native else self._rounded(turn, out))
        exhaust(zip(*turns, strict=True))

    def _rounded(self, turns: Iterator[None], written: Lanes, counts: Floats | None = None) -> Iterator[None]:
        """Turns of an operation whose results are rounded as they are stored, and how many become 0 is counted."""
        for index, (_, *made) in enumerate(zip(turns, *written, strict=True)):
            for array in made:
                self.format.round_(array.reshape(self.arrays.steps, -1), None if counts is None else counts[index])
            yield

    def _draw(self, op: Op, purpose: str, out: Array) -> None:
        """What a random operation draws for this pass, by layer."""
        for number, of_layer in enumerate(out, self.first):
            op.draw(stream(self.seed, draws(self.arrays.iteration, purpose), number), of_layer)
        self.format.round_(out)

    # backward

    def backward(self, grad: Array, _on_progress: Progress = unwatched, _keep_arrays: bool = False) -> Backward:
        """dL/dh_in (steps, batch, fan-in) of the first layer, of dL/dh_out of the last; it keeps all arrays anyhow."""
        arrays, layout = self.arrays, self.layout.backward
        memory, rows = self._allocate(layout.room), grad.reshape(-1, grad.shape[2])
        memory[0][-1] = rows  # first of all: it may lie in memory that is written next
        if not arrays.values:
            self._run()
        arrays.grads = layout.room.named(memory, layout.values)
        arrays.into = [layout.room.of(memory, places) for places in layout.into]
        arrays.gradient_arrays = memory[: layout.gradients]
        arrays.gradient_rows = memory[layout.rows.array] if self.bound is None else self.bound
        arrays.underflowed = np.zeros((self.count, arrays.steps))
        self._prepare([layout.room.of(memory, places) for places in layout.prepared])
        turns = []
        for step in layout.turns:
            if isinstance(step, OpTurns):
                names, op = self.graph.ops[step.number]
                params, inputs, saved, grads, into = map(_last_first, (
                    self.params(op), arrays.values_of(op.inputs), arrays.saved[step.number],
                    tuple(arrays.grads[name] for name in names), arrays.into[step.number],
                ))  # fmt: skip
                turn = op.backward(params, inputs, saved, grads, into, self.format.round_)
                counted = not op.counts_underflow
            else:
                *paths, total = _last_first(layout.room.of(memory, (*step.paths, *step.written)))
                turn, counted = add_paths(paths, total), True
            if not self.format.native:
                made, counts = layout.room.of(memory, step.written), arrays.underflowed[::-1] if counted else None
                turn = self._rounded(turn, _last_first(made), counts)
            turns.append(turn)
        exhaust(zip(*turns, strict=True))
        below = arrays.grads["in"][0] if self.keeps_buffers else arrays.grads["in"][0].copy()
        return Backward(arrays.by_step(below), self._measure_backward, complete=self._collect_gradients)

    def _prepare(self, prepared: Iterable[Arrays]) -> None:
        """What each operation's backward needs, of all layers at once."""
        arrays = self.arrays
        for number, ((names, op), added) in enumerate(zip(self.graph.ops, prepared, strict=True)):
            if added:
                arrays.saved[number] += added
                op.prepare(arrays.values_of(op.inputs), arrays.values_of(names), arrays.saved[number])

    def _measure_backward(self) -> Measurements:
        self._collect_gradients()
        return measure_backward(self.layout, self.arrays, self.parameters, self.rows, self.format)

    def _collect_gradients(self) -> None:
        """The gradients of all learned parameters, from the gradients of their values."""
        arrays = self.arrays
        arrays.gradients = parts(arrays.gradient_rows, self.learned)
        for number in self.graph.learning:
            names, op = self.graph.ops[number]
            into = tuple(arrays.gradients[parameter.name] for parameter in op.parameters)
            grads = tuple(arrays.grads[name] for name in names)
            values, inputs = arrays.values_of(names), arrays.values_of(op.inputs)
            op.parameter_gradients(inputs, values, arrays.saved[number], grads, into)
        for name, (first, last) in self.graph.packed.items():
            arrays.underflowed_in[name] = np.zeros(self.count)
            self.format.round_(arrays.gradient_rows[:, first:last], arrays.underflowed_in[name])


def _last_first(arrays: Iterable[Array]) -> Arrays:
    """Views of arrays (layers, ...) that begin with the last layer."""
    return tuple(array[::-1] for array in arrays)
