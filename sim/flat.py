"""All parameters that a network learns in one vector, and their gradients in another."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from .kernel import Array
from .slots import Keep


class Owner(Protocol):
    """Who has parameters: a layer or the readout."""

    parameters: dict[str, Array]
    gradients: dict[str, Array]

    @property
    def learned(self) -> tuple[str, ...]:
        """Names of those parameters that an update changes."""


class Pair(NamedTuple):
    """One parameter and its gradient, views of the two vectors in the parameter's shape."""

    name: str
    layer: int  # from 0; the readout's is the depth
    part: slice
    parameter: Array
    gradient: Array
    readout: bool


class Clipping(NamedTuple):
    """Whether clipping changed the gradient, and the largest norm that it worked out, in the gradient's own format."""

    fired: bool
    norm: float = 0.0


class Flat:
    """`parameters` and `gradients` of shape (n,), and `pairs` that view them one by one."""

    def __init__(self, owners: Mapping[str, Owner]):
        self.owners = list(owners.items())
        found = [(name, owner, key) for name, owner in self.owners for key in owner.learned]
        sizes = [owner.parameters[key].size for _, owner, key in found]
        first = next(iter(owners.values())).parameters
        dtype = next(iter(first.values())).dtype
        self.parameters, self.gradients = np.empty(sum(sizes), dtype), np.zeros(sum(sizes), dtype)
        self.pairs: list[Pair] = []
        end = 0
        for (name, owner, key), size in zip(found, sizes, strict=True):
            part, end = slice(end, end + size), end + size
            shape = owner.parameters[key].shape
            view = self.parameters[part].reshape(shape)
            view[...] = owner.parameters[key]
            owner.parameters[key] = view
            layer, readout = [other for other, _ in self.owners].index(name), name == "readout"
            self.pairs.append(Pair(f"{name}.{key}", layer, part, view, self.gradients[part].reshape(shape), readout))
        self._of = {pair.name: pair for pair in self.pairs}

    def at(self, place: int) -> Pair:
        """The parameter that a place in the vectors belongs to."""
        return next(pair for pair in self.pairs if pair.part.start <= place < pair.part.stop)

    def collect(self, name: str, owner: Owner) -> None:
        """Copy what an owner's pull found into the vector of gradients."""
        for key in owner.learned:
            self._of[f"{name}.{key}"].gradient[...] = owner.gradients[key]


def length(array: Array, keep: Keep) -> float:
    """The Euclidean norm as a framework finds it: squares are summed in the array's own type, and may overflow."""
    flat = array.reshape(-1)
    return float(keep(np.sqrt(np.array([np.vdot(flat, flat)], array.dtype)))[0])
