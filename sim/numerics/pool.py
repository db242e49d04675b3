"""Threads of our own, which share what is large enough for it; they end when nothing is computed any more."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np

from .blas import while_computing
from .threads import threads

Item = TypeVar("Item")
Found = TypeVar("Found")


def in_threads(function: Callable[[Item], Found], items: Iterable[Item]) -> list[Found]:
    """What a function returns of each item, in their order; on all threads that there may be."""
    return list(map(function, items) if threads() == 1 else _pool().map(function, items))


@while_computing
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), initializer=partial(np.seterr, all="ignore"))  # as the passes do in theirs
