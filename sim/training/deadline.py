"""Work with a deadline, whose results until then are kept."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..errors import Cancelled

Check = Callable[[], None]
"""A function to be called in each pass, which may raise Cancelled."""
T = TypeVar("T")


class _OutOfTimeError(Cancelled):
    """The seconds are over."""


def within(seconds: float, check: Check | None, work: Callable[[Check], Iterator[T]]) -> Iterator[T]:
    """The results of `work` within so many seconds of the monotonic clock; raises Cancelled only as `check` does.

    `work` takes a function that it is to call in each pass.
    """
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
