"""A layer as data: a graph of operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .ops.base import Op, Parameter

Use = tuple[int, int]  # number of an operation and which of its inputs


@dataclass(frozen=True)
class LayerGraph:
    """Operations in the order of the forward pass, each with the name of the value that it makes.

    A value may be read by any number of operations; "in" is what enters the layer. Layers of one graph differ in
    their numbers and parameters only.
    """

    fan_in: int
    ops: tuple[tuple[str, Op], ...]
    output: str
    preactivation: str | None = None  # the value whose spread is told
    factors: tuple[str, ...] = ()  # chain-rule factors that a row of such a kind has, also where no operation makes one

    @cached_property
    def widths(self) -> dict[str, int]:
        """Features of each value."""
        widths = {"in": self.fan_in}
        for value, op in self.ops:
            widths[value] = op.width(*(widths[name] for name in op.inputs))
        return widths

    @property
    def width(self) -> int:
        """Features of the output."""
        return self.widths[self.output]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of all operations."""
        return tuple(parameter for _, op in self.ops for parameter in op.parameters)

    @cached_property
    def uses(self) -> dict[str, tuple[Use, ...]]:
        """By value who reads it, the last operation first, as its gradient comes together."""
        uses: dict[str, list[Use]] = {value: [] for value in self.widths}
        for number, (_, op) in reversed(list(enumerate(self.ops))):
            for k, name in enumerate(op.inputs):
                uses[name].append((number, k))
        return {value: tuple(found) for value, found in uses.items()}

    def summed(self, value: str) -> bool:
        """Whether its gradient is a sum over paths."""
        uses = self.uses[value]
        return len(uses) > 1 or any(value == "in" and k in self.ops[number][1].passes_on for number, k in uses)

    @cached_property
    def told(self) -> frozenset[str]:
        """Values that must be looked at to find every inf and NaN: not those that show in what is made of them."""
        hidden = {
            value for value, uses in self.uses.items() if any(self.ops[number][1].propagates for number, _ in uses)
        }
        return frozenset(set(self.widths) - {"in"} - (hidden - {self.preactivation}))

    def __iter__(self) -> Iterator[tuple[str, Op]]:
        return iter(self.ops)
