"""The arrays of a pass through a stack, layer after layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..numerics.arrays import Array, Floats
from ..numerics.moments import COLUMNS, moments
from ..ops.base import Arrays


@dataclass
class StackArrays:
    """Of the last pass of a stack, all (layers, ...); rows are steps x samples, and statistics (layers, steps)."""

    input: Array  # (rows, fan-in) of the first layer
    steps: int = 1
    iteration: int = 0  # of training
    values: dict[str, Array] = field(default_factory=dict)  # of the graph, by name, what enters among them
    saved: list[Arrays] = field(default_factory=list)  # by operation
    grads: dict[str, Array] = field(default_factory=dict)  # of the values
    into: list[Arrays] = field(default_factory=list)  # by operation the gradients of its inputs, along this one path
    gradient_arrays: list[Array] = field(default_factory=list)  # all these, some a layer longer: those along the chain
    gradients: dict[str, Array] = field(default_factory=dict)  # of the learned parameters
    gradient_rows: Array = field(init=False)  # the same, (layers, numbers)
    underflowed: Floats = field(init=False)  # numbers of `into` that rounding made 0
    underflowed_in: dict[str, Floats] = field(default_factory=dict)  # the same of each gradient, as `packed` names it

    def values_of(self, names: Sequence[str]) -> Arrays:
        """Values by name."""
        return tuple([self.values[name] for name in names])

    def by_step(self, array: Array) -> Array:
        """An array (..., rows, features) as (..., steps, batch, features)."""
        return array.reshape(*array.shape[:-2], self.steps, -1, array.shape[-1])

    def moments(self, array: Array) -> Floats:
        """Of an array (layers, rows, features) the moments (layers, steps, columns) of each step."""
        out = np.empty((len(array), self.steps, COLUMNS))
        moments(array.reshape(len(array) * self.steps, -1), out.reshape(-1, COLUMNS))
        return out

    def step_rows(self, arrays: Arrays) -> Arrays:
        """Arrays (layers, rows, ...) as (layers x steps, batch, ...), for statistics of each step."""
        if self.steps == 1:
            return arrays
        return tuple(
            array.reshape(len(array) * self.steps, -1, *array.shape[2:]) if array.shape[1] == len(self.input) else array
            for array in arrays
        )

    def by_layer_and_step(self, found: Mapping[str, Floats]) -> dict[str, Floats]:
        """Quantities (layers x steps,) as (layers, steps)."""
        return {name: values.reshape(-1, self.steps) for name, values in found.items()}
