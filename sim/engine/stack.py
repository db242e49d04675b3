"""Executor of a stack: consecutive layers of one graph, with their arrays layer after layer in memory.

Time steps are rows like the samples of a batch: row = step x batch + sample. Only what the next layer waits for is done
layer by layer; slopes, gradients of parameters and statistics are computed for all layers at once.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from ..network.block import Backward, Forward, Progress, unwatched
from ..network.budget import overlaps
from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace, numbers, parts
from ..numerics.number_format import Format
from ..numerics.random_streams import draws, stream
from ..ops.base import Arrays, Lanes, Op, run_through, sum_paths
from ..results.record import Measurements
from .stack_measures import measure_backward, measure_forward
from .stack_memory import Arena, Layout, OpVjp, PathSum, StackArrays

NONE = np.empty((0, 0))


class Stack:
    """A block of layers of one graph, numbered from `first` on; parameters (layers, *shape) by name.

    `arrays` are those of the last pass.
    """

    copies_gradient = True

    def __init__(self, graph: LayerGraph, first: int, count: int, form: Format, seed: int, workspace: Workspace,
                 recompute: bool = False, lends_grad_input: bool = True):  # fmt: skip
        self.graph, self.first, self.count = graph, first, count
        self.format, self.seed, self.workspace = form, seed, workspace
        self.recompute = recompute  # activation checkpointing: the backward pass recomputes the values
        self.lends_grad_input = lends_grad_input  # dL/dh_in is a view of memory that the next `free` gives back
        self.learned = {parameter.name: parameter.shape for parameter in graph.parameters if parameter.learned}
        self.packed = np.empty((count, numbers(self.learned)), form.dtype)  # the learned parameters, packed
        self.parameters = {key.name: np.empty((count, *key.shape), form.dtype) for key in graph.parameters}
        self.parameters |= parts(self.packed, self.learned)
        self.bound: Array | None = None  # their gradients are written here, if anywhere
        self.arrays = StackArrays(NONE)
        self.layout = Layout(graph, count, 0)  # of so many rows: steps x samples
        self._buffers: list[Array] = []

    # parameters

    @property
    def size(self) -> int:
        """The number of learned parameters."""
        return self.packed.size

    def bind(self, vector: Array, gradients: Array) -> None:
        """Move the learned parameters into a vector (size,); backward passes write their gradients into the other."""
        packed, self.bound = vector.reshape(self.packed.shape), gradients.reshape(self.packed.shape)
        packed[...] = self.packed
        self.packed = packed
        self.parameters |= parts(packed, self.learned)

    def params(self, op: Op) -> Arrays:
        """The parameters of an operation."""
        return tuple(self.parameters[parameter.name] for parameter in op.parameters)

    # memory

    def _allocate(self, arena: Arena) -> list[Array]:
        """The arrays of an arena, in one buffer of the workspace."""
        self._buffers.append(memory := self.workspace.take((arena.size,), self.format.dtype))
        return arena.arrays(memory)

    def free(self) -> None:
        """Free the arrays of the last pass."""
        self.arrays = StackArrays(NONE)
        self.workspace.give(self._buffers)

    def drop_saved(self) -> None:
        """Drop all arrays but h_in if the backward pass recomputes them."""
        if self.recompute:
            inputs = self.arrays.input.copy()  # a view of the memory of the block before
            self.arrays = StackArrays(inputs, self.arrays.steps, self.arrays.iteration)
            self._buffers = []  # not given back: the next block still reads the output

    # forward pass

    @property
    def overlaps(self) -> bool:
        """Whether a pass may be measured while the next stack computes."""
        return overlaps(self.graph, len(self.arrays.input))

    def forward(self, inputs: Array, iteration: int = 0, _on_progress: Progress = unwatched) -> Forward:
        """h_out (steps, batch, width) of the last layer from h_in of the first."""
        self.workspace.give(self._buffers)
        rows = inputs.reshape(-1, inputs.shape[2])
        if self.layout.rows != len(rows):
            self.layout = Layout(self.graph, self.count, len(rows))
        self.arrays = arrays = StackArrays(rows, len(inputs), iteration)
        self._compute_values()
        output = arrays.values[self.graph.output][-1]
        return Forward(arrays.by_step(output), partial(measure_forward, self.graph, arrays))

    def _compute_values(self) -> None:
        """Compute all values of all layers from h_in of the first."""
        arrays, layout, native = self.arrays, self.layout.forward, self.format.native
        memory = self._allocate(layout.arena)
        arrays.values = layout.arena.named_views(memory, layout.values)
        arrays.saved = [layout.arena.views(memory, slots) for slots in layout.saved]
        if "in" in arrays.values:
            arrays.values["in"][0] = arrays.input
        else:
            arrays.values["in"] = arrays.input[None]
        turns = []  # by operation: a generator that computes one layer a turn
        for number, ((names, op), saved) in enumerate(zip(self.graph.ops, arrays.saved, strict=True)):
            if op.random:
                self._draw(op, f"{op.drawn_as}{self.graph.prefix(number)}", saved[0])
            outputs = arrays.values_of(names)
            layers = op.forward(self.params(op), arrays.values_of(op.inputs), outputs, saved, self.format.round_)
            turns.append(layers if native else self._rounded(layers, outputs))
        run_through(zip(*turns, strict=True))  # a turn of each operation, then the next layer

    def _rounded(self, layers: Iterator[None], outputs: Lanes, counts: Floats | None = None) -> Iterator[None]:
        """An operation, layer by layer, whose outputs are rounded; `counts` adds up how many numbers become 0."""
        for index, (_, *written) in enumerate(zip(layers, *outputs, strict=True)):
            for array in written:
                self.format.round_(array.reshape(self.arrays.steps, -1), None if counts is None else counts[index])
            yield

    def _draw(self, op: Op, purpose: str, out: Array) -> None:
        """Draw the random numbers of an operation for this pass, layer by layer."""
        for number, of_layer in enumerate(out, self.first):
            op.draw(stream(self.seed, draws(self.arrays.iteration, purpose), number), of_layer)
        self.format.round_(out)

    # backward pass

    def backward(self, grad: Array, _on_progress: Progress = unwatched, _keep_arrays: bool = False) -> Backward:
        """dL/dh_in (steps, batch, fan-in) of the first layer from dL/dh_out of the last; all arrays are kept."""
        arrays, layout = self.arrays, self.layout.backward
        memory = self._allocate(layout.arena)
        # the first array ends with dL/dh_out of the last layer; at once: `grad` may lie in memory that is written next
        memory[0][-1] = grad.reshape(-1, grad.shape[2])
        if not arrays.values:
            self._compute_values()
        arrays.grads = layout.arena.named_views(memory, layout.grads)
        arrays.path_grads = [layout.arena.views(memory, slots) for slots in layout.path_grads]
        arrays.all_grads = memory[: layout.gradients]
        arrays.packed_gradients = memory[layout.packed_gradients.array] if self.bound is None else self.bound
        arrays.underflowed = np.zeros((self.count, arrays.steps))
        self._prepare([layout.arena.views(memory, slots) for slots in layout.prepared])
        run_through(zip(*[self._backward_stage(stage, memory) for stage in layout.stages], strict=True))
        grad_input = arrays.grads["in"][0] if self.lends_grad_input else arrays.grads["in"][0].copy()
        return Backward(arrays.by_step(grad_input), self._measure_backward, complete=self._collect_gradients)

    def _prepare(self, prepared: Iterable[Arrays]) -> None:
        """Compute what the operations' backward passes need (slopes, say), of all layers at once."""
        arrays = self.arrays
        for number, ((names, op), added) in enumerate(zip(self.graph.ops, prepared, strict=True)):
            if added:
                arrays.saved[number] += added
                op.prepare(arrays.values_of(op.inputs), arrays.values_of(names), arrays.saved[number])

    def _backward_stage(self, stage: OpVjp | PathSum, memory: list[Array]) -> Iterator[None]:
        """One stage of the backward pass, layer by layer from the last; its results are rounded."""
        arrays, views, counted = self.arrays, self.layout.backward.arena.views, True
        if isinstance(stage, OpVjp):
            names, op = self.graph.ops[stage.number]
            params, inputs, saved, grads, path_grads = map(_last_first, (
                self.params(op), arrays.values_of(op.inputs), arrays.saved[stage.number],
                tuple(arrays.grads[name] for name in names), arrays.path_grads[stage.number],
            ))  # fmt: skip
            layers = op.backward(params, inputs, saved, grads, path_grads, self.format.round_)
            counted = not op.counts_underflow
        else:
            *paths, total = _last_first(views(memory, (*stage.paths, *stage.written)))
            layers = sum_paths(paths, total)
        if self.format.native:
            return layers
        counts = arrays.underflowed[::-1] if counted else None
        return self._rounded(layers, _last_first(views(memory, stage.written)), counts)

    def _measure_backward(self) -> Measurements:
        self._collect_gradients()
        return measure_backward(self.layout, self.arrays, self.parameters, self.packed, self.format)

    def _collect_gradients(self) -> None:
        """Compute the gradients of the learned parameters, of all layers at once, and round them."""
        arrays = self.arrays
        arrays.gradients = parts(arrays.packed_gradients, self.learned)
        for number in self.graph.learning:
            names, op = self.graph.ops[number]
            into = tuple(arrays.gradients[parameter.name] for parameter in op.parameters)
            grads = tuple(arrays.grads[name] for name in names)
            values, inputs = arrays.values_of(names), arrays.values_of(op.inputs)
            op.parameter_gradients(inputs, values, arrays.saved[number], grads, into)
        for name, (first, last) in self.graph.packed.items():
            arrays.underflowed_parameters[name] = np.zeros(self.count)
            self.format.round_(arrays.packed_gradients[:, first:last], arrays.underflowed_parameters[name])


def _last_first(arrays: Iterable[Array]) -> Arrays:
    """Views of arrays (layers, ...) in reverse order of the layers."""
    return tuple(array[::-1] for array in arrays)
