"""Turns of operations: iterators of which each step does one layer, or one step of time."""

from collections import deque
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np

from ..ops.base import Lane, Lanes, Op

T = TypeVar("T")


def add_paths(paths: Lanes, total: Lane) -> Iterator[None]:
    """A gradient is the sum of those along all paths."""
    first, second, *more = [*paths, np.zeros(len(total))][: max(2, len(paths))]
    for out, one, other, *others in zip(total, first, second, *more, strict=True):
        np.add(one, other, out)
        for path in others:
            out += path
        yield


def written(op: Op, into: tuple[T, ...]) -> tuple[T, ...]:
    """Of the gradients of an operation's inputs, and its inner ones, those that its backward writes, each once."""
    return tuple(one for k, one in enumerate(into) if k not in op.gradient_out and k not in op.same_gradient)


exhaust = deque[Any](maxlen=0).extend  # all turns of an iterator
