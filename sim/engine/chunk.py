"""Consecutive steps of an unrolled layer: their arrays, and the memory that these live in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..ops.base import Arrays, Lanes, Op

_GONE = np.empty((0, 0, 1))  # in place of a value that nobody reads any more


@dataclass
class Chunk:
    """Steps of a layer, from `first` on: arrays (steps, ...) of the graph's values and of their gradients."""

    number: int
    first: int
    batch: int
    room: int  # steps that its memory has room for, as that of every chunk, so that one may have another's
    cuts: NDArray[np.bool_]  # (steps,) those that hand nothing back
    buffers: Workspace
    values: dict[str, Array]  # by name; "h@-1" is h one step earlier
    saved: list[Arrays] = field(default_factory=list)  # by operation
    above: Array = field(default_factory=lambda: np.empty(0))  # dL/dh_out, as it came
    targets: dict[str, Array] = field(default_factory=dict)  # where gradients of some values are to be, once complete
    grads: dict[str, Array] = field(default_factory=dict)  # of the values
    into: list[Arrays] = field(default_factory=list)  # by operation the gradients of its inputs, along this one path
    carried: dict[str, Array] = field(default_factory=dict)  # (steps + 1, ...) what each step hands back of a state's
    underflowed: Floats = field(default_factory=lambda: np.empty(0))  # (steps,) numbers that rounding made 0
    stored: Floats = field(default_factory=lambda: np.empty(0))  # and how many were stored at all
    taken: list[Array] = field(default_factory=list)  # memory that the backward pass needs
    scratch: list[Array] = field(default_factory=list)  # and that only the forward pass needs

    @property
    def steps(self) -> int:
        """How many."""
        return len(self.cuts)

    @property
    def span(self) -> slice:
        """Its steps among all of the sequence."""
        return slice(self.first, self.first + self.steps)

    def take(self, *shape: int, more: int = 0, scratch: bool = False) -> Array:
        """An array (steps + more, *shape) that another chunk may write over when this one is done with."""
        array = self.buffers.take((self.room + more, *shape), self.values["in"].dtype)
        (self.scratch if scratch else self.taken).append(array)
        return array[: self.steps + more]

    def free(self) -> None:
        """Give its memory back."""
        self.buffers.give(self.taken)

    def read(self, names: Iterable[str]) -> Arrays:
        """Values by name, empty where nobody needs one any more."""
        return tuple(self.values.get(name, _GONE) for name in names)


def joined(op: Op, arrays: Iterable[Array]) -> Arrays:
    """Arrays (steps, rows, any) as of one step with all the rows, if the operation takes each row by itself."""
    return tuple(array.reshape(1, -1, array.shape[-1]) if op.by_row else array for array in arrays)


def params(op: Op, parameters: Mapping[str, Array], count: int) -> Lanes:
    """An operation's parameters, the same for each step."""
    return [[parameters[parameter.name]] * count for parameter in op.parameters]
