"""Matrix products by the BLAS whose bits do not depend on the number of threads.

A BLAS cuts a product differently for each number of threads, and with it changes the order of sums. So it is limited to
one thread while gradsim computes, and large products are cut into blocks by their shapes alone, which threads of our
own share. These end, and the BLAS gets its threads again, when nothing is computed any more.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from threading import Lock, get_ident
from typing import Any, TypeVar
from weakref import WeakSet

import numpy as np
from threadpoolctl import LibController, ThreadpoolController

from .arrays import Array
from .threads import threads

Item = TypeVar("Item")
Result = TypeVar("Result")
Job = Callable[[], None]

LARGE = 2**24  # multiply-adds from which a second thread is worth its start
SIDE = 512  # rows or columns of one block: smaller ones cost the BLAS more, since it copies the other side for each


def product(left: Array, right: Array, out: Array | None = None) -> Array:
    """Left @ right, (m, k) times (k, n), in blocks shared among all threads when it is large."""
    rows, inner = left.shape
    out = np.empty((rows, right.shape[1]), left.dtype) if out is None else out
    multiplier(rows, inner, right.shape[1])(left, right, out=out)
    return out


def together(jobs: Sequence[Job], *sizes: tuple[int, int, int]) -> None:
    """Run jobs that each multiply matrices of these sizes (rows, inner, columns).

    At the same time, where no product is cut into blocks and each is large enough for it.
    """
    alone = any(shared(rows, columns, inner) or rows * inner * columns < LARGE for rows, inner, columns in sizes)
    if threads() == 1 or len(jobs) == 1 or alone:
        for job in jobs:
            job()
    else:
        in_threads(lambda job: job(), jobs)


def matmul(left: Array, right: Array, out: Array) -> None:
    """Left @ right, (m, k) times (k, n), or stacks of them, into `out`, in blocks where they are large."""
    rows, columns = out.shape[-2:]
    if (rows > SIDE or columns > SIDE) and shared(rows, columns, left.shape[-1]):
        _in_blocks(left, right, out)
    else:
        np.matmul(left, right, out)


def multiplier(rows: int, inner: int, columns: int) -> Callable[..., Any]:
    """The fastest function that multiplies (rows, inner) and (inner, columns) into a contiguous `out`.

    np.dot asks the BLAS for the same as np.matmul, a microsecond sooner.
    """
    return _in_blocks if shared(rows, columns, inner) else np.dot


def shared(rows: int, columns: int, inner: int) -> bool:
    """Whether a product (rows, inner) times (inner, columns) is shared among the threads."""
    return max(rows, columns) > SIDE and rows * inner * columns >= LARGE


def _in_blocks(left: Array, right: Array, out: Array) -> None:
    if left.ndim == 3:
        for matrices in zip(left, right, out, strict=True):
            _in_blocks(*matrices)
        return

    by_rows = len(left) >= right.shape[1]

    def fill(start: int) -> None:
        part = slice(start, start + SIDE)
        if by_rows:
            np.matmul(left[part], right, out=out[part])
        else:
            np.matmul(left, right[:, part], out=out[:, part])

    in_threads(fill, range(0, max(out.shape), SIDE))


class _Computation:
    """A computation that is going on, by identity; one that Ctrl+C left unfinished is gone with its frame."""

    def __init__(self) -> None:
        self.thread = get_ident()


_lock = Lock()
_going_on: WeakSet[_Computation] = WeakSet()
_of_host: list[int] = []  # threads of each library, while they are limited
_pools: list[Callable[[], None]] = []  # what ends each pool of ours


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


def _in_forked_process(renew: Callable[[], object]) -> None:
    """Call this in a process that is forked from this one, into which no thread comes along but the one that forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)


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


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What a function returns of each item, in their order; on all threads that there may be."""
    return list(map(function, items) if threads() == 1 else _pool().map(function, items))


@while_computing
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), initializer=partial(np.seterr, all="ignore"))  # as the passes do in theirs


def _settle() -> None:
    """Limit the BLAS if anything is computed, else restore its threads; what breaks off here, the next call does."""
    with _lock:
        if _going_on:
            _of_host[:] = _of_host or [library.get_num_threads() for library in _libraries()]
            for library in _libraries():
                library.set_num_threads(1)
        else:
            for library, count in zip(_libraries(), _of_host, strict=False):
                library.set_num_threads(count)
            _of_host.clear()
            for end in _pools:
                end()


@cache
def _libraries() -> list[LibController]:
    """The BLAS libraries that are loaded; looking for them takes some milliseconds, once."""
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


def _go_on_alone() -> None:
    """Forget the computations of other threads, which do not exist here; one of them may have held the lock."""
    global _lock
    _lock = Lock()
    for computation in [one for one in _going_on if one.thread != get_ident()]:
        _going_on.discard(computation)
    _settle()


_in_forked_process(_go_on_alone)
