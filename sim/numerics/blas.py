"""Thread settings while gradsim computes: BLAS limited to one thread, a pool of its own; restored afterwards."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock, get_ident
from weakref import WeakSet

from threadpoolctl import LibController, ThreadpoolController


class _Computation:
    """One that is going on; where Ctrl+C left one unfinished, it is gone with its frame."""

    def __init__(self) -> None:
        self.thread = get_ident()


_lock = Lock()
_going_on: WeakSet[_Computation] = WeakSet()
_of_host: list[int] = []  # threads of each library, while they are limited
_pools: list[Callable[[], None]] = []  # what ends each of our own


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread, so that the bits of matrix products depend on shapes alone; may be nested.

    The limit is the process's, so it holds for other code that runs meanwhile, too.
    """
    computation = _Computation()
    try:
        _going_on.add(computation)
        _settle()
        yield
    finally:
        _going_on.discard(computation)
        _settle()


def while_computing(make: Callable[[], ThreadPoolExecutor]) -> Callable[[], ThreadPoolExecutor]:
    """A thread pool that starts on first use and ends with the outermost computation."""
    pool = cache(make)

    def end() -> None:
        if pool.cache_info().currsize:
            ended = pool()
            pool.cache_clear()
            ended.shutdown()

    _pools.append(end)
    _in_forked_process(pool.cache_clear)
    return pool


def _settle() -> None:
    """Limit the BLAS if anything is computed, and give it back if nothing is; broken off anywhere, the next does it."""
    with _lock:
        if _going_on:
            _of_host[:] = _of_host or [library.get_num_threads() for library in _libraries()]
            for library in _libraries():
                library.set_num_threads(1)
        else:
            for library, threads in zip(_libraries(), _of_host, strict=False):
                library.set_num_threads(threads)
            _of_host.clear()
            for end in _pools:
                end()


@cache
def _libraries() -> list[LibController]:
    """The BLAS libraries that are loaded; looking for them takes some milliseconds, once."""
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


def _in_forked_process(renew: Callable[[], object]) -> None:
    """Call this in a process that is forked from this one, into which no thread comes along but the one that forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)


def _go_on_alone() -> None:
    """Forget what the other threads computed, one of which may have held the lock."""
    global _lock
    _lock = Lock()
    for computation in [one for one in _going_on if one.thread != get_ident()]:
        _going_on.discard(computation)
    _settle()


_in_forked_process(_go_on_alone)
