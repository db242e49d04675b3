"""A layer as data: a graph of operations."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from ..numerics.arrays import Array, Floats
from ..ops.base import Op, Parameter

Use = tuple[int, int]  # number of an operation and which of its inputs
Factor = tuple[str, str]  # of a chain: its word, and the quantity that it is
Step = tuple[tuple[str, ...], Op]  # the values that an operation makes, by name
Span = tuple[str, str, str, str]  # a factor's word in a chain, or nothing; its quantity; the values below and above
Measure = Callable[[Array], Floats]  # from (layers, steps, batch, features) to (layers, steps)
BEFORE = "@-1"


class Matrix(NamedTuple):
    """A weight matrix: some rows of a parameter, and its name among what is packed."""

    parameter: str
    rows: slice
    packed: str


@dataclass(frozen=True)
class LayerGraph:
    """Operations in the order of the forward pass, each with the names of the values that it makes.

    A value may be read by any number of operations; "in" is what enters the layer, and "h@-1" the state h of the step
    before. Layers of one graph differ in their numbers and parameters only.
    """

    fan_in: int
    ops: tuple[Step, ...]
    output: str
    preactivation: tuple[str, ...]  # the values whose sum's spread is told
    factors: tuple[str, ...] = ()  # chain-rule factors that a row of such a kind has, also where no operation makes one
    states: Mapping[str, int] = field(default_factory=dict)  # features of what one step hands to the next; main first
    sublayers: Mapping[int, str] = field(
        default_factory=dict
    )  # the words of parts, by the number of their first operation
    parts: Mapping[int, str] = field(default_factory=dict)  # the same of what stands before their names in a dump
    spans: tuple[
        Span, ...
    ] = ()  # what chain-rule factors are of, in the order of the backward pass, if not of operations
    shown: Mapping[str, str] = field(
        default_factory=dict
    )  # values by their names in a dump, where it has more than usual
    columns: Mapping[str, tuple[str | None, int]] = field(default_factory=dict)  # quantities: a value, and which moment
    of_output: Mapping[str, Measure] = field(default_factory=dict)  # quantities of what leaves the layer
    directions: tuple["LayerGraph", ...] = ()  # of a layer that reads a sequence both ways: that of each, whose all is
    addends: tuple[str, ...] = ()  # what the preactivations that are summed up are of, in words

    @cached_property
    def widths(self) -> dict[str, int]:
        """Features of each value."""
        widths = {"in": self.fan_in} | {name + BEFORE: width for name, width in self.states.items()}
        for names, op in self.ops:
            widths |= zip(names, op.widths(*(widths[name] for name in op.inputs)), strict=True)
        return widths

    @property
    def width(self) -> int:
        """Features of the output."""
        return self.widths[self.output]

    @property
    def main(self) -> str:
        """The value whose gradient is told: the first state, or what leaves the layer if it has none."""
        return next(iter(self.states), self.output)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of all operations: of one type the first of each, then the second, as PyTorch orders them."""
        if self.directions:
            return tuple(one for graph in self.directions for one in graph.parameters)
        types = list(dict.fromkeys(type(op) for _, op in self.ops))
        found = [(types.index(type(op)), k, one) for _, op in self.ops for k, one in enumerate(op.parameters)]
        return tuple(one for _, _, one in sorted(found, key=lambda place: place[:2]))

    @cached_property
    def packed(self) -> dict[str, tuple[int, int]]:
        """Where the learned parameters lie in a row of all: each weight matrix, and by its first what lies between."""
        found, end = dict[str, tuple[int, int]](), 0
        learned = [parameter for parameter in self.parameters if parameter.learned]
        for _, group in groupby(learned, key=lambda parameter: parameter.matrices or None):
            first, *more = group
            start, end = end, end + sum(math.prod(one.shape) for one in (first, *more))
            names = [_packed(first, prefix) for prefix in first.matrices] or [first.name]
            size = (end - start) // len(names)
            found |= {name: (start + k * size, start + (k + 1) * size) for k, name in enumerate(names)}
        return found

    @cached_property
    def matrices(self) -> dict[str, Matrix]:
        """The weight matrices by the prefix of their statistics' names."""
        found = {}
        for one in self.parameters:
            for number, prefix in enumerate(one.matrices):
                rows = one.shape[0] // len(one.matrices)
                found[prefix] = Matrix(one.name, slice(number * rows, (number + 1) * rows), _packed(one, prefix))
        return found

    @property
    def feedback(self) -> tuple[str, ...]:
        """Prefixes of square matrices that one step hands to the next through."""
        read = [op.parameters[0] for _, op in self.ops if op.product and any(BEFORE in name for name in op.inputs)]
        return tuple(one.matrix or "" for one in read if len(set(one.shape)) == 1)

    @cached_property
    def uses(self) -> dict[str, tuple[Use, ...]]:
        """By value who reads it, the last operation first, as its gradient comes together."""
        uses: dict[str, list[Use]] = {value: [] for value in self.widths}
        for number, (_, op) in reversed(list(enumerate(self.ops))):
            for k, name in enumerate(op.inputs):
                uses[name].append((number, k))
        return {value: tuple(found) for value, found in uses.items()}

    @cached_property
    def summed(self) -> frozenset[str]:
        """Values whose gradient is a sum over paths, that of later steps among them."""
        states = {
            value: (value in self.states) + (value in self.states and value == self.output) for value in self.uses
        }
        several = {value for value, uses in self.uses.items() if len(uses) + states[value] > 1}
        return frozenset(several | ({"in"} if self._passes_on else set()))

    @cached_property
    def telling_forward(self) -> tuple[int, ...]:
        """Numbers of the operations that have an outcome to tell of."""
        return tuple(k for k, (_, op) in enumerate(self.ops) if type(op).outcome is not Op.outcome)

    @cached_property
    def telling_backward(self) -> tuple[int, ...]:
        """Numbers of the operations that have statistics of their own."""
        return tuple(k for k, (_, op) in enumerate(self.ops) if type(op).statistics is not Op.statistics)

    @cached_property
    def learning(self) -> tuple[int, ...]:
        """Numbers of the operations that have parameters to learn."""
        return tuple(k for k, (_, op) in enumerate(self.ops) if any(one.learned for one in op.parameters))

    @cached_property
    def factor_ends(self) -> dict[str, tuple[str, int | None]]:
        """Of chain-rule factors by quantity: the value whose gradient they begin from, and the operation they end with.

        Operations that share one make it together. Where none makes it, it is 1, of the preactivation to itself.
        """
        ends: dict[str, tuple[str, int | None]] = {
            f"{name}_factor": (self.preactivation[-1], None) for name in self.factors
        }
        for number, (names, op) in reversed(list(enumerate(self.ops))):
            if op.factor is not None:
                first, last = ends.get(quantity := f"{op.factor}_factor", ("", None))
                ends[quantity] = (names[-1] if last is None else first), number
        return ends

    @property
    def skips(self) -> bool:
        """Whether what enters goes round all else unchanged, into a sum that no factor of its chain tells."""
        if self.directions:
            return any("in" in op.inputs and op.selects for _, op in self.ops)
        return self._passes_on and not (self.parts or any(word for word, *_ in self.spans))

    @property
    def _passes_on(self) -> bool:
        return any(k in self.ops[number][1].gradient_out for number, k in self.uses["in"])

    @property
    def over_steps(self) -> bool:
        """Whether it mixes the steps of a sample, so that none can be made without the others."""
        return bool(self.directions) or any(op.over_steps for _, op in self.ops)

    @property
    def word(self) -> str:
        """Of few operations all, by the last: "final norm"."""
        number = len(self.ops) - 1
        return f"{self.sublayer(number)}{self.ops[number][1].name}"

    def sublayer(self, number: int) -> str:
        """The word of the part that an operation belongs to, with a blank, or nothing."""
        return f"{word} " if (word := _at(self.sublayers, number)) else ""

    def part(self, number: int) -> str:
        """What stands before the names in a dump of what an operation of a composed graph tells, as "2."."""
        return _at(self.parts, number)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Values that the backward pass reads."""
        inputs = {op.inputs[k] for _, op in self.ops for k in op.needs}
        return frozenset(inputs | {name for names, op in self.ops if op.needs_output for name in names})

    @cached_property
    def told(self) -> frozenset[str]:
        """Values that must be looked at to find every inf and NaN: not those that show in what is made of them."""
        hidden = {
            value for value, uses in self.uses.items() if any(self.ops[number][1].propagates for number, _ in uses)
        }
        apart = {*self.preactivation, self.added} if len(self.preactivation) > 1 else set()
        return frozenset(value for value in set(self.widths) - hidden - apart - {"in"} if BEFORE not in value)

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """Values whose moments are taken in the forward pass."""
        asked = (value for value, _ in self.columns.values() if value is not None)
        return tuple(dict.fromkeys([*sorted(self.told), *self.preactivation, *asked]))

    @property
    def added(self) -> str | None:
        """The value that is the preactivations' sum, if an operation makes it."""
        parts = set(self.preactivation)
        return next((names[0] for names, op in self.ops if parts and op.sums and set(op.inputs) == parts), None)

    @cached_property
    def sections(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Numbers of the operations before, within and after the recurrence: only those within go step by step."""
        late, early = set(), set()
        values = {name + BEFORE for name in self.states}
        for number, (names, op) in enumerate(self.ops):
            if values & set(op.inputs):
                late.add(number)
                values |= set(names)
        values = set(self.states)
        for number, (names, op) in reversed(list(enumerate(self.ops))):
            if values & set(names):
                early.add(number)
                values |= set(op.inputs)
        before = tuple(number for number in range(len(self.ops)) if number not in late)
        return before, tuple(sorted(late & early)), tuple(sorted(late - early))

    def unrolls(self, steps: int) -> bool:
        """Whether it goes step by step over so many, as what has a state does, and what compares a step's samples."""
        return bool(self.states) or (steps > 1 and not all(op.by_row for _, op in self.ops))

    @property
    def reduces_steps(self) -> bool:
        """Whether it makes one step of a sequence."""
        return any(op.reduces_steps for _, op in self.ops)

    @property
    def chain(self) -> tuple[Factor, ...]:
        """The chain-rule factors from what leaves the layer to what enters it, in the order of the backward pass."""
        if self.parts:
            return ()
        if told := tuple((word, quantity) for word, quantity, _, _ in self.spans if word):
            return told
        values, on_the_way = {"in"}, []
        for number, (names, op) in enumerate(self.ops):
            if values & set(op.inputs):
                values |= set(names)
                on_the_way.append(number)
        return self._factors(on_the_way)

    @property
    def chain_over_time(self) -> tuple[Factor, ...]:
        """The same between a state and that of the step before."""
        return self._factors(self.sections[1])

    @property
    def largest_slope(self) -> float | None:
        """The largest slope within the recurrence, if slopes and weights are all that acts there; else None."""
        ops = [self.ops[number][1] for number in self.sections[1]]
        slopes = [op.largest_slope for op in ops if op.largest_slope is not None]
        acting = list(dict.fromkeys(op.factor for op in ops if op.factor))
        return slopes[0] if acting == ["weight", "slope"] and slopes else None

    def _factors(self, numbers: Iterable[int]) -> tuple[Factor, ...]:
        ops = [self.ops[number][1] for number in sorted(numbers, reverse=True)]
        words = {f"{op.factor}_factor": op.factor_word or op.factor.replace("_", " ") for op in ops if op.factor}
        return tuple((word, quantity) for quantity, word in words.items())

    def __iter__(self) -> Iterator[Step]:
        return iter(self.ops)


def _at(words: Mapping[int, str], number: int) -> str:
    """Of the parts that begin at some operations, the word of the one that an operation is of; "" before all."""
    return next((words[first] for first in range(number, -1, -1) if first in words), "")


def _packed(parameter: Parameter, prefix: str) -> str:
    """The name of a matrix among what is packed: the parameter's, if it is all of that."""
    return f"{parameter.name} {prefix}" if parameter.blocks else parameter.name
