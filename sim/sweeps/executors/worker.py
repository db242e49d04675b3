"""What a process does that makes points for another one; imports nothing heavy before its threads are limited."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from ...numerics.threads import bound, limit_threads

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from ..memory import Need
    from ..point import Point
    from ..sweep import Sweep


def begin(lifeline: "Connection") -> None:
    """Make this process one of ours: one thread, deaf to Ctrl+C, and gone as soon as the lifeline's other end is."""
    limit_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    from ...numerics.allocator import keep_freed_memory

    keep_freed_memory()


def work(packed: bytes, numbers: Sequence[int]) -> "tuple[list[Point], float]":
    """The points of these numbers of a pickled sweep, and the seconds that they took."""
    if bound() is None:
        limit_threads(1)
    from ..measuring import measure

    sweep, began = _unpacked(packed), time.perf_counter()
    return [measure(sweep, number) for number in numbers], time.perf_counter() - began


def ready() -> bool:
    """Whether a process has got as far as to work."""
    return True


def need(packed: bytes) -> "Need":
    """What the largest point of a pickled sweep needs: the first that a process is asked, as who asks has no numba."""
    from ..memory import largest_need

    return largest_need(_unpacked(packed))


@contextmanager
def deaf_children() -> Iterator[None]:
    """Within, processes and threads are started that Ctrl+C does not reach: it is for who started them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> "Sweep":
    sweep: Sweep = pickle.loads(packed)  # from the process that has started this one
    return sweep


def _end_with(lifeline: "Connection") -> None:
    with suppress(EOFError, OSError):
        lifeline.recv()
    os._exit(0)
