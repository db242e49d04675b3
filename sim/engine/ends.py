"""What comes before the first layer and after the last, each a stack of one layer, where the kind has it."""

from dataclasses import dataclass

from ..numerics.arrays import Array
from .stack_layer import StackLayer


@dataclass
class Ends:
    """An embedding, and what the last layer's output goes through on its way to the readout; with their parameters."""

    entry: StackLayer | None = None
    exit: StackLayer | None = None

    @property
    def both(self) -> tuple[StackLayer, ...]:
        """Those that there are."""
        return tuple(end for end in (self.entry, self.exit) if end is not None)

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""
        return {key: value for end in self.both for key, value in end.parameters.items()}

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of the parameters that an update changes."""
        return tuple(key for end in self.both for key in end.learned)

    @property
    def size(self) -> int:
        """How many numbers an update changes."""
        return sum(end.stack.size for end in self.both)

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let those numbers live in a vector, and their gradients in another."""
        start = 0
        for end in self.both:
            own, start = slice(start, start + end.stack.size), start + end.stack.size
            end.stack.bind(vector[own], gradients[own])
