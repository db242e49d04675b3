"""Memory that is written over again and again: what a process already has costs no page faults."""

import math
from typing import Any

import numpy as np

from .arrays import Array

LOOSE = 2  # times what is asked for, up to which a piece of memory is taken


class Workspace:
    """Arrays that nobody looks at any more, as pieces of memory by number format."""

    def __init__(self) -> None:
        self._free: dict[np.dtype[Any], list[Array]] = {}

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array with anything in it, in the smallest piece that holds it."""
        size, free = math.prod(shape), self._free.get(dtype, [])
        able = [i for i, piece in enumerate(free) if size <= piece.size <= LOOSE * size]
        piece = free.pop(min(able, key=lambda i: free[i].size)) if able else np.empty(size, dtype)
        return piece[:size].reshape(shape)

    def give(self, arrays: list[Array]) -> None:
        """Take arrays back that were taken here, and empty the list."""
        while arrays:
            piece = arrays.pop().base
            assert piece is not None
            self._free.setdefault(piece.dtype, []).append(piece)
