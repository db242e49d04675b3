"""Memory of arrays: buffers that are reused, to save page faults, and named arrays packed into one vector."""

import math
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .arrays import Array

Shapes = Mapping[str, tuple[int, ...]]

LINE = 64  # bytes of the processor's cache at a time: what lies across two of them is slower to read
LOOSE = 2  # times what is asked for, up to which a piece of memory is taken


class Workspace:
    """A pool of freed buffers by dtype and size.

    Of equal buffers the last one returned is taken first, as the processor's cache may still hold it. Where freed
    memory goes back to the system, a pass of 100 x 64 x 32 takes a quarter longer without.
    """

    def __init__(self) -> None:
        self._free: dict[np.dtype[Any], dict[int, list[Array]]] = {}
        self._starts: dict[int, int] = {}  # by piece where its first line begins
        self._lock = threading.Lock()

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An uninitialised array in the smallest buffer that holds it, aligned to a cache line."""
        size = math.prod(shape)
        needs = size + LINE // dtype.itemsize
        with self._lock:  # a pass is measured by another thread, which gives back too
            free = self._free.setdefault(dtype, {})
            fits = [held for held, pieces in free.items() if pieces and needs <= held <= LOOSE * needs]
            piece = free[min(fits)].pop() if fits else self._new(needs, dtype)
            start = self._starts[id(piece)]
        return piece[start : start + size].reshape(shape)

    def _new(self, size: int, dtype: np.dtype[Any]) -> Array:
        piece = np.empty(size, dtype)
        self._starts[id(piece)] = -piece.ctypes.data % LINE // dtype.itemsize
        return piece

    def give(self, arrays: list[Array]) -> None:
        """Return arrays to the pool, and empty the list."""
        with self._lock:
            while arrays:
                piece = arrays.pop().base
                assert piece is not None
                self._free[piece.dtype].setdefault(piece.size, []).append(piece)


def numbers(shapes: Shapes) -> int:
    """The total size of arrays of these shapes."""
    return sum(math.prod(shape) for shape in shapes.values())


def parts(rows: Array, shapes: Shapes) -> dict[str, Array]:
    """Views (n, *shape) of rows (n, numbers), by name in the order of the shapes."""
    views, end = {}, 0
    for key, shape in shapes.items():
        start, end = end, end + math.prod(shape)
        views[key] = rows[:, start:end].reshape(len(rows), *shape)
    return views


def bind(parameters: dict[str, Array], keys: Iterable[str], vector: Array) -> None:
    """Make parameters views of a vector, one after the other."""
    views = parts(vector[None], {key: parameters[key].shape for key in keys})
    for key, view in views.items():
        view[0] = parameters[key]
        parameters[key] = view[0]
