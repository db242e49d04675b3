"""Turns of operations: iterators of which each step does one layer, or one step of time."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from .ops.base import Lane, Lanes


def add_paths(paths: Lanes, total: Lane) -> Iterator[None]:
    """A gradient is the sum of those along all paths."""
    for out, first, *others in zip(total, *paths, strict=True):
        np.add(first, others[0] if others else 0, out)
        for other in others[1:]:
            out += other
        yield


exhaust = deque[Any](maxlen=0).extend  # all turns of an iterator
