"""Where the arrays of a stack lie in memory, and what its backward pass does in which order: found out once."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ..network.graph import LayerGraph
from ..numerics.arrays import Array
from ..ops.base import Arrays, Shape


class Place(NamedTuple):
    """An array by its number in a room, and from which layer on: one along the chain of layers has one layer more."""

    array: int
    first: int = 0


Places = tuple[Place, ...]
Factor = tuple[Place, Place, float]  # gradients above and below, and the root of how many numbers are in one beside


@dataclass
class Room:
    """Arrays (layers, *shape) that lie one after the other in a single piece of memory."""

    count: int  # layers
    numbers: int = 0
    pieces: list[tuple[slice, Shape]] = field(default_factory=list)

    def add(self, *shape: int, joined: bool = False) -> Place:
        """One more array; `joined` if it is along the chain of layers."""
        start, layers = self.numbers, self.count + joined
        self.numbers += layers * math.prod(shape)
        self.pieces.append((slice(start, self.numbers), (layers, *shape)))
        return Place(len(self.pieces) - 1)

    def add_all(self, shapes: Mapping[str, Shape]) -> Places:
        """Several."""
        return tuple(self.add(*shape) for shape in shapes.values())

    def size(self, place: Place) -> int:
        """Numbers of a layer."""
        return math.prod(self.pieces[place.array][1][1:])

    def arrays(self, memory: Array) -> list[Array]:
        """All as views of memory (numbers,)."""
        return [memory[part].reshape(shape) for part, shape in self.pieces]

    def of(self, arrays: list[Array], places: Iterable[Place]) -> Arrays:
        """Those at some places, or what has as many layers as they."""
        return tuple([arrays[which][first : first + self.count] for which, first in places])

    def named(self, arrays: list[Array], places: Mapping[str, Place]) -> dict[str, Array]:
        """The same by name."""
        return {name: arrays[which][first : first + self.count] for name, (which, first) in places.items()}


@dataclass
class ForwardLayout:
    """By name where a value lies, "in" only where the layers are joined, and by operation what it saves."""

    room: Room
    values: dict[str, Place]
    saved: list[Places]


class OpTurns(NamedTuple):
    """The turns of an operation's backward, and the arrays that it writes."""

    number: int
    written: Places


class SumTurns(NamedTuple):
    """Those of a gradient that is the sum along several paths."""

    written: Places
    paths: Places


@dataclass
class BackwardLayout:
    """By name where the gradient of a value lies; by operation those along its path, and what is prepared for it.

    The first arrays are gradients, `gradients` of them; there `stored` numbers of a layer are written, and all that is
    `made` there is what does not come from above.
    """

    room: Room
    values: dict[str, Place]
    into: list[Places]
    turns: list[OpTurns | SumTurns]
    gradients: int
    made: Places
    prepared: list[Places]
    rows: Place  # of the parameters' gradients
    stored: int
    factors: dict[str, Factor]  # chain-rule factors by quantity
    spans: dict[str, Factor]


@dataclass(frozen=True)
class Layout:
    """Of `count` layers of a graph with so many rows."""

    graph: LayerGraph
    count: int
    rows: int

    @property
    def joined(self) -> bool:
        """Whether what leaves a layer is what its neighbour takes, in one array; a single one takes what comes in."""
        return self.count > 1 and self.graph.fan_in == self.graph.width

    @cached_property
    def forward(self) -> ForwardLayout:
        """Of values; one that an operation writes over another has its place."""
        graph, room, values, saved = self.graph, Room(self.count), dict[str, Place](), list[Places]()
        chained = self._first_in_place(graph.output) if self.joined else None
        for names, op in graph:
            for name in names:
                if op.in_place is not None:
                    values[name] = values[op.inputs[op.in_place]]
                else:
                    place = room.add(self.rows, graph.widths[name], joined=name == chained)
                    values[name] = place._replace(first=int(name == chained))
            saved.append(room.add_all(op.saved(self.rows, graph.widths[names[0]])))
        if chained is not None:
            values["in"] = values[chained]._replace(first=0)
        return ForwardLayout(room, values, saved)

    def _first_in_place(self, name: str) -> str:
        """The value whose array a value is written into."""
        maker = next(op for names, op in self.graph if name in names)
        return name if maker.in_place is None else self._first_in_place(maker.inputs[maker.in_place])

    @cached_property
    def backward(self) -> BackwardLayout:
        """Of gradients; what leaves a layer is what its neighbour hands down, where widths agree."""
        graph, room = self.graph, Room(self.count)
        chain = room.add(self.rows, graph.width, joined=graph.fan_in == graph.width)
        below = chain if graph.fan_in == graph.width else room.add(self.rows, graph.fan_in)
        values = {graph.output: chain._replace(first=int(graph.fan_in == graph.width))}
        into: list[Places] = [()] * len(graph.ops)
        turns: list[OpTurns | SumTurns] = []
        for number, (names, op) in reversed(list(enumerate(graph))):
            paths: list[Place] = []
            for k, name in enumerate(op.inputs):
                summed, shape = name in graph.summed, (self.rows, graph.widths[name])
                if k in op.gradient_out:
                    path = values[names[0]]
                elif k in op.same_gradient:
                    path = paths[op.same_gradient[k]]
                else:
                    path = below if name == "in" and not summed else room.add(*shape)
                paths.append(path)
                if graph.uses[name][-1] == (number, k):
                    values[name] = path if not summed else below if name == "in" else room.add(*shape)
            into[number] = *paths, *room.add_all(op.inner(self.rows, graph.widths[names[0]]))
            if len(op.gradient_out) < len(into[number]):
                turns.append(OpTurns(number, op.written(into[number])))
            ended = (name for name in dict.fromkeys(op.inputs) if graph.uses[name][-1][0] == number)
            turns += [SumTurns((values[name],), tuple(into[user][k] for user, k in graph.uses[name]))
                      for name in ended if name in graph.summed]  # fmt: skip
        gradients = len(room.pieces)
        made = {*values.values(), *(place for places in into for place in places)} - {values[graph.output]}
        made.add(values["in"])
        prepared = [room.add_all(op.prepared(self.rows, graph.widths[names[0]])) for names, op in graph]
        rows = room.add(sum(math.prod(one.shape) for one in graph.parameters if one.learned))
        stored = sum(room.size(place) for (_, op), places in zip(graph, into, strict=True)
                     for place in op.written(places))  # fmt: skip
        stored += sum(room.size(values[name]) for name in graph.widths if name in graph.summed)

        def factor(above: Place, beneath: Place) -> Factor:
            return above, beneath, math.sqrt(room.size(beneath) / room.size(above))

        factors = {quantity: factor(values[first], values[first] if last is None else into[last][0])
                   for quantity, (first, last) in graph.factor_ends.items()}  # fmt: skip
        spans = {quantity: factor(values[high], values[low]) for _, quantity, low, high in graph.spans}
        return BackwardLayout(room, values, into, turns, gradients, tuple(made), prepared, rows, stored, factors, spans)
