"""A layer as data: a directed acyclic graph of operations, and what follows from it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from ..numerics.arrays import Array, Floats
from ..ops.base import Op, Parameter

Use = tuple[int, int]  # (index of an operation, index of one of its inputs)
Factor = tuple[str, str]  # a chain-rule factor: its word, its quantity
Node = tuple[tuple[str, ...], Op]  # (names of the values that an operation writes, the operation)
Span = tuple[str, str, str, str]  # a factor over several operations: word or "", quantity, its first value, its last
Measure = Callable[[Array], Floats]  # (layers, steps, batch, features) -> (layers, steps)
BEFORE = "@-1"  # suffix of a state's name: its value at the step before


class Matrix(NamedTuple):
    """A weight matrix: rows of a parameter, and its key in `LayerGraph.packed`."""

    parameter: str
    rows: slice
    packed: str


@dataclass(frozen=True)
class LayerGraph:
    """Operations in the order of the forward pass, each with the names of the values that it writes.

    "in" is the layer's input, and "h@-1" the state h of the step before. Any number of operations may read a value.
    Layers that share a graph differ in their number and in the numbers of their parameters only.
    """

    fan_in: int
    ops: tuple[Node, ...]
    output: str
    # values whose sum is the preactivation
    preactivation: tuple[str, ...] = ()
    # chain-rule factors of this kind of layer; one to which no operation counts is 1
    factors: tuple[str, ...] = ()
    # features by state, a value that one step hands to the next; the hidden state comes first
    states: Mapping[str, int] = field(default_factory=dict)
    # a word in messages for each value of `preactivation`, if there are several
    addends: tuple[str, ...] = ()
    # words in messages for the sublayers of a layer, by the index of the first operation of each
    sublayers: Mapping[int, str] = field(default_factory=dict)
    # likewise prefixes of names in a dump, of a row that holds several layers (see composition.py)
    prefixes: Mapping[int, str] = field(default_factory=dict)
    # factors over several operations each, in the order of the backward pass
    spans: tuple[Span, ...] = ()
    # name in a dump -> value; if empty, the preactivations by their own names and the output as "activation"
    dumped: Mapping[str, str] = field(default_factory=dict)
    # quantity -> (value, or None: not measured; column of its moments)
    moments: Mapping[str, tuple[str | None, int]] = field(default_factory=dict)
    # quantity -> function of the layer's output
    output_measures: Mapping[str, Measure] = field(default_factory=dict)
    # graphs of both directions of a bidirectional layer, whose operations are those of this graph
    directions: tuple["LayerGraph", ...] = ()

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
        """The value whose gradient a profile has: the hidden state, or the output of a layer without a state."""
        return next(iter(self.states), self.output)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters as PyTorch orders them: type of operation by type, first parameters before second ones."""
        if self.directions:
            return tuple(one for graph in self.directions for one in graph.parameters)
        types = list(dict.fromkeys(type(op) for _, op in self.ops))
        keyed = [((types.index(type(op)), k), one) for _, op in self.ops for k, one in enumerate(op.parameters)]
        return tuple(one for _, one in sorted(keyed, key=lambda pair: pair[0]))

    @cached_property
    def packed(self) -> dict[str, tuple[int, int]]:
        """(first, end) in the row of learned parameters, by matrix; adjacent others share one, by the first's name."""
        ranges, end = dict[str, tuple[int, int]](), 0
        learned = [parameter for parameter in self.parameters if parameter.learned]
        for _, group in groupby(learned, key=lambda parameter: parameter.matrices or None):
            first, *more = group
            start, end = end, end + sum(math.prod(one.shape) for one in (first, *more))
            names = [_packed(first, prefix) for prefix in first.matrices] or [first.name]
            size = (end - start) // len(names)
            ranges |= {name: (start + k * size, start + (k + 1) * size) for k, name in enumerate(names)}
        return ranges

    @cached_property
    def matrices(self) -> dict[str, Matrix]:
        """Weight matrices by the prefix of their statistics' names."""
        matrices = {}
        for one in self.parameters:
            for number, prefix in enumerate(one.matrices):
                rows = one.shape[0] // len(one.matrices)
                matrices[prefix] = Matrix(one.name, slice(number * rows, (number + 1) * rows), _packed(one, prefix))
        return matrices

    @property
    def feedback(self) -> tuple[str, ...]:
        """Prefixes of the square recurrent matrices: their products read a state of the step before."""
        read = [op.parameters[0] for _, op in self.ops if op.product and any(BEFORE in name for name in op.inputs)]
        return tuple(one.matrices[0] for one in read if len(set(one.shape)) == 1)

    @cached_property
    def uses(self) -> dict[str, tuple[Use, ...]]:
        """Who reads each value, last operation first: the order in which the backward pass sums its gradient."""
        uses: dict[str, list[Use]] = {value: [] for value in self.widths}
        for number, (_, op) in reversed(list(enumerate(self.ops))):
            for k, name in enumerate(op.inputs):
                uses[name].append((number, k))
        return {value: tuple(of_value) for value, of_value in uses.items()}

    @cached_property
    def summed(self) -> frozenset[str]:
        """Values whose gradient is a sum over several paths, the one through the next step included."""
        states = {
            value: (value in self.states) + (value in self.states and value == self.output) for value in self.uses
        }
        several = {value for value, uses in self.uses.items() if len(uses) + states[value] > 1}
        return frozenset(several | ({"in"} if self._passes_on else set()))

    @cached_property
    def with_forward_statistics(self) -> tuple[int, ...]:
        """Indices of the operations with forward statistics (`Op.forward_statistics`)."""
        return self._overriding("forward_statistics")

    @cached_property
    def with_backward_statistics(self) -> tuple[int, ...]:
        """Indices of the operations with backward statistics (`Op.backward_statistics`)."""
        return self._overriding("backward_statistics")

    def _overriding(self, method: str) -> tuple[int, ...]:
        return tuple(k for k, (_, op) in enumerate(self.ops) if getattr(type(op), method) is not getattr(Op, method))

    @cached_property
    def learning(self) -> tuple[int, ...]:
        """Numbers of the operations that have parameters to learn."""
        return tuple(k for k, (_, op) in enumerate(self.ops) if any(one.learned for one in op.parameters))

    @cached_property
    def factor_ends(self) -> dict[str, tuple[str, int | None]]:
        """Quantity of a chain-rule factor -> (value, index of an operation).

        The factor is the gradient of that operation's first input over the value's gradient; operations that share a
        factor are adjacent. None: no operation counts to it, so it is 1.
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
        """Whether a skip carries the input past all operations into a sum that no factor of the chain includes."""
        if self.directions:
            return any("in" in op.inputs and op.selects for _, op in self.ops)
        return self._passes_on and not (self.prefixes or any(word for word, *_ in self.spans))

    @property
    def _passes_on(self) -> bool:
        return any(k in self.ops[number][1].gradient_out for number, k in self.uses["in"])

    @property
    def over_steps(self) -> bool:
        """Whether an operation mixes the steps of a sample, so that all steps are computed together."""
        return bool(self.directions) or any(op.over_steps for _, op in self.ops)

    @property
    def word(self) -> str:
        """The graph's name in messages, by its last operation: "final norm"."""
        number = len(self.ops) - 1
        return f"{self.sublayer(number)}{self.ops[number][1].name}"

    def sublayer(self, number: int) -> str:
        """The word of an operation's part and a blank, as "attention "; "" outside all parts."""
        return f"{word} " if (word := _part_of(self.sublayers, number)) else ""

    def prefix(self, number: int) -> str:
        """The prefix of an operation's names in a dump, as "2."; "" in a graph that is not composed of others."""
        return _part_of(self.prefixes, number)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Values that the backward pass reads, and that must be saved for it."""
        inputs = {op.inputs[k] for _, op in self.ops for k in op.needs}
        return frozenset(inputs | {name for names, op in self.ops if op.needs_output for name in names})

    @cached_property
    def finite_checked(self) -> frozenset[str]:
        """Values in which inf and NaN are counted; from every other value they propagate to one of these."""
        propagated = {
            value for value, uses in self.uses.items() if any(self.ops[number][1].propagates for number, _ in uses)
        }
        counted_as_sum = {*self.preactivation, self.preactivation_sum} if len(self.preactivation) > 1 else set()
        others = propagated | counted_as_sum | {"in"}
        return frozenset(value for value in set(self.widths) - others if BEFORE not in value)

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """Values whose moments are taken in the forward pass."""
        of_quantities = (value for value, _ in self.moments.values() if value is not None)
        return tuple(dict.fromkeys([*sorted(self.finite_checked), *self.preactivation, *of_quantities]))

    @property
    def preactivation_sum(self) -> str | None:
        """The value that is the sum of the preactivations, if an operation computes it."""
        addends = set(self.preactivation)
        return next((names[0] for names, op in self.ops if addends and op.sums and set(op.inputs) == addends), None)

    @cached_property
    def sections(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Indices of the operations before, within and after the recurrence; only those within must go step by step."""
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
        """Whether it is computed step by step: it has a state, or over several steps compares the samples of one."""
        return bool(self.states) or (steps > 1 and not all(op.by_row for _, op in self.ops))

    @property
    def reduces_steps(self) -> bool:
        """Whether an operation reduces a sequence to one step."""
        return any(op.reduces_steps for _, op in self.ops)

    @property
    def chain(self) -> tuple[Factor, ...]:
        """The chain-rule factors from output to input, in the order of the backward pass; () of a composed graph."""
        if self.prefixes:
            return ()
        if spanning := tuple((word, quantity) for word, quantity, _, _ in self.spans if word):
            return spanning
        values, on_path = {"in"}, []
        for number, (names, op) in enumerate(self.ops):
            if values & set(op.inputs):
                values |= set(names)
                on_path.append(number)
        return self._factors(on_path)

    @property
    def chain_over_time(self) -> tuple[Factor, ...]:
        """The chain-rule factors from a state to that of the step before, in the order of the backward pass."""
        return self._factors(self.sections[1])

    @property
    def largest_slope(self) -> float | None:
        """The activation's largest slope, if it and one weight matrix are the recurrence's only factors; else None."""
        acting = [op for op in (self.ops[number][1] for number in self.sections[1]) if op.factor]
        slopes = [op.largest_slope for op in acting if op.largest_slope is not None]
        products = [op for op in acting if op.product]
        return slopes[0] if slopes and len(acting) == 2 * len(products) == 2 * len(slopes) else None

    def _factors(self, numbers: Iterable[int]) -> tuple[Factor, ...]:
        ops = [self.ops[number][1] for number in sorted(numbers, reverse=True)]
        words = {f"{op.factor}_factor": op.factor_word or op.factor.replace("_", " ") for op in ops if op.factor}
        return tuple((word, quantity) for quantity, word in words.items())

    def __iter__(self) -> Iterator[Node]:
        return iter(self.ops)


def single_op(fan_in: int, op: Op, output: str = "activation", word: str = "") -> LayerGraph:
    """The graph of a layer that is one operation on "in"; `word` comes before the operation's name in messages."""
    return LayerGraph(fan_in, (((output,), op),), output, sublayers={0: word} if word else {})


def _part_of(words: Mapping[int, str], number: int) -> str:
    """The word of the part that an operation belongs to, of parts by their first operation; "" before all parts."""
    return next((words[first] for first in range(number, -1, -1) if first in words), "")


def _packed(parameter: Parameter, prefix: str) -> str:
    """The key of a matrix in `packed`: the parameter's name if it is the whole of it."""
    return f"{parameter.name} {prefix}" if len(parameter.matrices) > 1 else parameter.name
