"""Work that ends when its seconds are over, and keeps what it has found by then."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..errors import Cancelled
from .trial import Check

T = TypeVar("T")


class _OutOfTimeError(Cancelled):
    """The seconds are over."""


def within(seconds: float, check: Check | None, work: Callable[[Check], Iterator[T]]) -> Iterator[T]:
    """What `work` finds in so many seconds; it is given what to call in each pass, and `check` may raise Cancelled."""
    until = time.monotonic() + seconds

    def look() -> None:
        if check is not None:
            check()
        if time.monotonic() > until:
            raise _OutOfTimeError

    try:
        yield from work(look)
    except _OutOfTimeError:
        return
