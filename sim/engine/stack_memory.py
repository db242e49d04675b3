"""The arrays of a pass through a stack, and their layout in memory, which graph and number of rows decide."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..network.graph import LayerGraph
from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, moments
from ..ops.base import Arrays, Shape


@dataclass
class StackArrays:
    """The arrays of the last pass of a stack, (layers, rows, features); rows are steps x samples.

    Statistics are (layers, steps).
    """

    input: Array  # h_in (rows, fan-in) of the first layer
    steps: int = 1
    iteration: int = 0  # of training
    values: dict[str, Array] = field(default_factory=dict)  # the graph's values by name, "in" (h_in) among them
    saved: list[Arrays] = field(default_factory=list)  # by operation: what its backward pass reads
    grads: dict[str, Array] = field(default_factory=dict)  # gradients of the values
    path_grads: list[Arrays] = field(default_factory=list)  # by operation: its input gradients, along this one path
    all_grads: list[Array] = field(default_factory=list)  # all of these; dL/dh with one layer more, from dL/dh_in on
    gradients: dict[str, Array] = field(default_factory=dict)  # gradients of the learned parameters
    packed_gradients: Array = field(init=False)  # the same gradients packed, (layers, numbers)
    underflowed: Floats = field(init=False)  # numbers of `path_grads` that became 0 by rounding
    underflowed_parameters: dict[str, Floats] = field(default_factory=dict)  # likewise of `gradients`, by matrix

    def values_of(self, names: Sequence[str]) -> Arrays:
        """Values by name."""
        return tuple([self.values[name] for name in names])

    def by_step(self, array: Array) -> Array:
        """An array (..., rows, features) as (..., steps, batch, features)."""
        return array.reshape(*array.shape[:-2], self.steps, -1, array.shape[-1])

    def moments(self, array: Array) -> Floats:
        """The moments (layers, steps, columns) of an array (layers, rows, features)."""
        out = np.empty((len(array), self.steps, COLUMNS))
        moments(array.reshape(len(array) * self.steps, -1), out.reshape(-1, COLUMNS))
        return out

    def step_rows(self, arrays: Arrays) -> Arrays:
        """Arrays (layers, rows, ...) as (layers x steps, batch, ...); arrays that have no rows as they are."""
        if self.steps == 1:
            return arrays
        return tuple(
            array.reshape(len(array) * self.steps, -1, *array.shape[2:]) if array.shape[1] == len(self.input) else array
            for array in arrays
        )

    def by_layer_and_step(self, statistics: Mapping[str, Floats]) -> dict[str, Floats]:
        """Statistics (layers x steps,) as (layers, steps)."""
        return {name: values.reshape(-1, self.steps) for name, values in statistics.items()}


class Slot(NamedTuple):
    """An array by its number in an arena, and the first of its layers.

    An array along the chain of layers has one layer more: its slot from 0 on is what enters the layers, from 1 on what
    leaves them.
    """

    array: int
    first: int = 0


Slots = tuple[Slot, ...]


@dataclass
class Arena:
    """The layout of arrays (layers, *shape) one after the other in a single piece of memory."""

    layers: int
    size: int = 0  # numbers in all arrays
    pieces: list[tuple[slice, Shape]] = field(default_factory=list)

    def add(self, *shape: int, chained: bool = False) -> Slot:
        """Add an array; `chained` if it lies along the chain of layers."""
        start, layers = self.size, self.layers + chained
        self.size += layers * math.prod(shape)
        self.pieces.append((slice(start, self.size), (layers, *shape)))
        return Slot(len(self.pieces) - 1)

    def add_all(self, shapes: Mapping[str, Shape]) -> Slots:
        """Add an array of each shape."""
        return tuple(self.add(*shape) for shape in shapes.values())

    def layer_size(self, slot: Slot) -> int:
        """Numbers of an array in one layer."""
        return math.prod(self.pieces[slot.array][1][1:])

    def arrays(self, memory: Array) -> list[Array]:
        """All arrays, as views of memory (size,)."""
        return [memory[part].reshape(shape) for part, shape in self.pieces]

    def views(self, arrays: list[Array], slots: Iterable[Slot]) -> Arrays:
        """The arrays (layers, ...) of some slots, of all `arrays` or of equally many tables of their statistics."""
        return tuple([arrays[which][first : first + self.layers] for which, first in slots])

    def named_views(self, arrays: list[Array], slots: Mapping[str, Slot]) -> dict[str, Array]:
        """The same by name."""
        return {name: arrays[which][first : first + self.layers] for name, (which, first) in slots.items()}


@dataclass
class ForwardLayout:
    """Slots of the values by name, and of the saved arrays by operation."""

    arena: Arena
    values: dict[str, Slot]  # with "in" only where the layers are chained
    saved: list[Slots]


class OpVjp(NamedTuple):
    """A stage of the backward pass: the vector-Jacobian product of an operation, and the arrays that it writes."""

    number: int
    written: Slots


class PathSum(NamedTuple):
    """A stage of the backward pass: a value's gradient as the sum of the gradients along several paths."""

    written: Slots
    paths: Slots


class ChainFactor(NamedTuple):
    """A chain-rule factor ||grad_input|| / ||grad_output||; `root` turns the quotient of their rms into it."""

    grad_output: Slot
    grad_input: Slot
    root: float


@dataclass
class BackwardLayout:
    """Slots of the gradients of values by name, and of input gradients along their paths by operation.

    The first `gradients` arrays of the arena are gradients; the others are what `Op.prepare` fills, and the packed
    gradients of the parameters. `stored` numbers of a layer's gradients are written, and may underflow.
    """

    arena: Arena
    grads: dict[str, Slot]
    path_grads: list[Slots]
    stages: list[OpVjp | PathSum]  # in order
    gradients: int
    computed: Slots  # the gradients but for dL/dh_out, in which a new inf or NaN shows
    prepared: list[Slots]
    packed_gradients: Slot
    stored: int
    factors: dict[str, ChainFactor]  # by quantity, of operations
    spans: dict[str, ChainFactor]  # by quantity, between any two values


@dataclass(frozen=True)
class Layout:
    """The memory layout of both passes through `count` layers of a graph with `rows` rows."""

    graph: LayerGraph
    count: int
    rows: int

    @property
    def chained(self) -> bool:
        """Whether h_out of a layer and h_in of the next are one array."""
        return self.count > 1 and self.graph.fan_in == self.graph.width

    @cached_property
    def forward(self) -> ForwardLayout:
        """The layout of the forward pass; the output of an operation that works in place has its input's slot."""
        graph, arena, values, saved = self.graph, Arena(self.count), dict[str, Slot](), list[Slots]()
        chained = self._array_of(graph.output) if self.chained else None
        for names, op in graph:
            for name in names:
                if op.in_place is not None:
                    values[name] = values[op.inputs[op.in_place]]
                else:
                    slot = arena.add(self.rows, graph.widths[name], chained=name == chained)
                    values[name] = slot._replace(first=int(name == chained))
            saved.append(arena.add_all(op.saved(self.rows, graph.widths[names[0]])))
        if chained is not None:
            values["in"] = values[chained]._replace(first=0)
        return ForwardLayout(arena, values, saved)

    def _array_of(self, name: str) -> str:
        """The value whose array a value shares: itself, unless an operation works in place."""
        op = next(op for names, op in self.graph if name in names)
        return name if op.in_place is None else self._array_of(op.inputs[op.in_place])

    @cached_property
    def backward(self) -> BackwardLayout:
        """The layout of the backward pass; dL/dh_in of a layer and dL/dh_out of the one before share an array."""
        graph, arena = self.graph, Arena(self.count)
        chain = arena.add(self.rows, graph.width, chained=graph.fan_in == graph.width)
        grad_in = chain if graph.fan_in == graph.width else arena.add(self.rows, graph.fan_in)
        grads = {graph.output: chain._replace(first=int(graph.fan_in == graph.width))}
        path_grads: list[Slots] = [()] * len(graph.ops)
        stages: list[OpVjp | PathSum] = []
        for number, (names, op) in reversed(list(enumerate(graph))):
            paths: list[Slot] = []
            for k, name in enumerate(op.inputs):
                summed, shape = name in graph.summed, (self.rows, graph.widths[name])
                if k in op.gradient_out:
                    path = grads[names[0]]
                elif k in op.same_gradient:
                    path = paths[op.same_gradient[k]]
                else:
                    path = grad_in if name == "in" and not summed else arena.add(*shape)
                paths.append(path)
                if graph.uses[name][-1] == (number, k):
                    grads[name] = path if not summed else grad_in if name == "in" else arena.add(*shape)
            path_grads[number] = *paths, *arena.add_all(op.inner(self.rows, graph.widths[names[0]]))
            if len(op.gradient_out) < len(path_grads[number]):
                stages.append(OpVjp(number, op.written(path_grads[number])))
            complete = (name for name in dict.fromkeys(op.inputs) if graph.uses[name][-1][0] == number)
            stages += [PathSum((grads[name],), tuple(path_grads[user][k] for user, k in graph.uses[name]))
                      for name in complete if name in graph.summed]  # fmt: skip
        gradients = len(arena.pieces)
        computed = {*grads.values(), *(slot for slots in path_grads for slot in slots)} - {grads[graph.output]}
        computed.add(grads["in"])
        prepared = [arena.add_all(op.prepared(self.rows, graph.widths[names[0]])) for names, op in graph]
        packed_gradients = arena.add(sum(math.prod(one.shape) for one in graph.parameters if one.learned))
        stored = sum(arena.layer_size(slot) for (_, op), slots in zip(graph, path_grads, strict=True)
                     for slot in op.written(slots))  # fmt: skip
        stored += sum(arena.layer_size(grads[name]) for name in graph.widths if name in graph.summed)

        def factor(grad_output: Slot, grad_input: Slot) -> ChainFactor:
            root = math.sqrt(arena.layer_size(grad_input) / arena.layer_size(grad_output))
            return ChainFactor(grad_output, grad_input, root)

        factors = {quantity: factor(grads[first], grads[first] if last is None else path_grads[last][0])
                   for quantity, (first, last) in graph.factor_ends.items()}  # fmt: skip
        spans = {quantity: factor(grads[high], grads[low]) for _, quantity, low, high in graph.spans}
        return BackwardLayout(arena, grads, path_grads, stages, gradients, tuple(computed), prepared, packed_gradients,
                              stored, factors, spans)  # fmt: skip
