"""The worker process of an executor; imports nothing heavy before its threads are limited."""

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
    """Set up a worker: one thread, Ctrl+C ignored, and exit as soon as the lifeline's other end closes."""
    limit_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    from ...numerics.allocator import keep_freed_memory

    keep_freed_memory()


def work(packed: bytes, numbers: Sequence[int]) -> "tuple[list[Point], float]":
    """Compute points of a pickled sweep by number; returns them and the seconds they took."""
    if bound() is None:
        limit_threads(1)
    from ..measuring import measure

    sweep, began = _unpacked(packed), time.perf_counter()
    return [measure(sweep, number) for number in numbers], time.perf_counter() - began


def ready() -> bool:
    """True: the worker has started."""
    return True


def need(packed: bytes) -> "Need":
    """The memory need of a pickled sweep's largest point, asked of a worker as the parent has no numba."""
    from ..memory import largest_need

    return largest_need(_unpacked(packed))


@contextmanager
def deaf_children() -> Iterator[None]:
    """Context in which started processes and threads ignore Ctrl+C, which is for the parent."""
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
