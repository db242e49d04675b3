"""A chunk: consecutive steps of an unrolled layer, their arrays, and the memory that these live in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..network.graph import LayerGraph
from ..network.layer import NamedArrays, grad_name
from ..numerics.arrays import Array, Floats
from ..numerics.buffers import Workspace
from ..ops.base import Arrays

FREED = np.empty((0, 0, 1))  # stands for a value that nothing reads any more


@dataclass
class Chunk:
    """The steps of a layer from `first` on: arrays (steps, batch, features) of values and of their gradients."""

    number: int
    first: int
    batch: int
    capacity: int  # steps that its buffers hold: as many in every chunk, so that a later one may reuse them
    cuts: NDArray[np.bool_]  # (steps,) where truncation cuts the gradient to the step before
    workspace: Workspace
    values: dict[str, Array]  # by name; "h@-1" is the state h of the step before
    saved: list[Arrays] = field(default_factory=list)  # by operation: what its backward pass reads
    grad_output: Array = field(default_factory=lambda: np.empty(0))  # dL/dh_out, without the gradient of later steps
    targets: dict[str, Array] = field(default_factory=dict)  # arrays in which gradients of some values must end up
    grads: dict[str, Array] = field(default_factory=dict)  # gradients of the values
    path_grads: list[Arrays] = field(default_factory=list)  # by operation: its input gradients, along this one path
    carried: dict[str, Array] = field(default_factory=dict)  # (steps + 1, ...) dL/d(state before each step, or the end)
    underflowed: Floats = field(default_factory=lambda: np.empty(0))  # (steps,) gradients that became 0 by rounding
    stored: Floats = field(default_factory=lambda: np.empty(0))  # (steps,) gradients that were written
    buffers: list[Array] = field(default_factory=list)  # memory that the backward pass needs
    scratch: list[Array] = field(default_factory=list)  # memory that only the forward pass needs

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.cuts)

    @property
    def span(self) -> slice:
        """The steps as a slice of the whole sequence."""
        return slice(self.first, self.first + self.steps)

    def take(self, *shape: int, more: int = 0, scratch: bool = False) -> Array:
        """An uninitialised array (steps + more, *shape) from the workspace, for the chunk's lifetime."""
        array = self.workspace.take((self.capacity + more, *shape), self.values["in"].dtype)
        (self.scratch if scratch else self.buffers).append(array)
        return array[: self.steps + more]

    def free(self) -> None:
        """Return the chunk's memory to the workspace."""
        self.workspace.give(self.buffers)

    def read(self, names: Iterable[str]) -> Arrays:
        """Values by name, an empty array for each that was freed."""
        return tuple(self.values.get(name, FREED) for name in names)

    def dump(self, graph: LayerGraph) -> NamedArrays:
        """The arrays that a dump contains; valid as long as the chunk's memory is."""
        values = {name: self.values[name] for name in (graph.states or graph.preactivation)}
        gradients = {grad_name(name): self.grads[name] for name in graph.preactivation}
        for number, ((names, op), saved, grads) in enumerate(zip(graph, self.saved, self.path_grads, strict=True)):
            part, inner = graph.prefix(number), op.inner(self.batch, graph.widths[names[0]])
            gradients |= zip((part + name for name in inner), grads[len(op.inputs) :], strict=True)
            values |= {part + name: array for name, array in op.shown(saved).items()}
        return NamedArrays(values, gradients)
