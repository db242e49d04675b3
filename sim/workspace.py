"""Memory that is written over again and again: what a process already has costs no page faults."""

from typing import Any

import numpy as np

from .kernel import Array


class Workspace:
    """Arrays that nobody looks at any more, by shape and number format."""

    def __init__(self) -> None:
        self._free: dict[tuple[tuple[int, ...], np.dtype[Any]], list[Array]] = {}

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array with anything in it."""
        free = self._free.get((shape, dtype))
        return free.pop() if free else np.empty(shape, dtype)

    def give(self, arrays: list[Array]) -> None:
        """Take arrays back, and empty the list."""
        while arrays:
            array = arrays.pop()
            self._free.setdefault((array.shape, array.dtype), []).append(array)
