"""All parameters that a network learns in one vector, and their gradients in another."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..numerics.arrays import Array
from ..numerics.number_format import Round

OUTSIDE = ("readout", "")  # owners that are no layer: the readout, and what comes before or after the layers


class HasParameters(Protocol):
    """Who has parameters: a layer or the readout."""

    @property
    def parameters(self) -> dict[str, Array]:
        """By name."""

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of those parameters that an update changes."""


class Bindable(Protocol):
    """Who holds the numbers in memory: a block of layers, or the readout by itself."""

    @property
    def size(self) -> int:
        """How many numbers an update changes."""

    def bind(self, vector: Array, gradients: Array) -> None:
        """Let them live in a vector (size,), owner by owner in the order of their names, and their gradients so too."""


class ParameterView(NamedTuple):
    """One parameter and its gradient, views of the two vectors in the parameter's shape."""

    name: str
    layer: int  # from 0; of what is outside the layers the depth
    part: slice
    parameter: Array
    gradient: Array
    readout: bool


class ClipOutcome(NamedTuple):
    """Whether clipping changed the gradient, and the largest norm that it worked out, in the gradient's own format."""

    fired: bool
    norm: float = 0.0


class ParameterVector:
    """`parameters` and `gradients` of shape (n,), `pairs` that view them one by one, and the `parts` of each owner."""

    def __init__(self, owners: Mapping[str, HasParameters], holders: Sequence[Bindable], dtype: np.dtype[Any]):
        self.owners = list(owners.items())
        total = sum(holder.size for holder in holders)
        self.parameters, self.gradients = np.empty(total, dtype), np.zeros(total, dtype)
        end = 0
        for holder in holders:
            start, end = end, end + holder.size
            holder.bind(self.parameters[start:end], self.gradients[start:end])
        self.pairs: list[ParameterView] = []
        self.parts: list[slice] = []
        end = 0
        depth = len(self.owners) - sum(1 for name in owners if name in OUTSIDE)
        for number, (name, owner) in enumerate(self.owners):
            start, layer = end, min(number, depth)
            for key, view in owner.parameters.items():
                if key in owner.learned:
                    part, end = slice(end, end + view.size), end + view.size
                    gradient = self.gradients[part].reshape(view.shape)
                    self.pairs.append(ParameterView(_joined(name, key), layer, part, view, gradient, name == "readout"))
            self.parts.append(slice(start, end))

    def at(self, position: int) -> tuple[ParameterView, tuple[int, ...]]:
        """The parameter that a position in the vectors belongs to, and the index there."""
        pair = next(pair for pair in self.pairs if pair.part.start <= position < pair.part.stop)
        return pair, tuple(int(i) for i in np.unravel_index(position - pair.part.start, pair.parameter.shape))


def _joined(owner: str, key: str) -> str:
    return f"{owner}.{key}" if owner else key


def norms_in_format(arrays: Sequence[Array], round_: Round) -> Array:
    """Euclidean norms (n,) as a framework finds them: squares are summed in the arrays' own type, and may overflow."""
    squares = [np.vdot(array, array) for array in arrays]
    return round_(np.sqrt(np.array(squares, arrays[0].dtype)))
