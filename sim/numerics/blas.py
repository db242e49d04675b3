"""The BLAS on one thread while gradsim computes, and as it was afterwards: its threads are the host program's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from weakref import WeakSet

from threadpoolctl import LibController, ThreadpoolController


class _Computation:
    """One that is going on; where Ctrl+C left one unfinished, it is gone with its frame."""


_lock = Lock()
_going_on: WeakSet[_Computation] = WeakSet()
_of_host: list[int] = []  # threads of each library, while they are limited


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep all products within to one BLAS thread, so that their bits depend on shapes alone; may be nested.

    The limit is the process's: what others compute in the meantime has it too.
    """
    computation = _Computation()
    try:
        _going_on.add(computation)
        _settle()
        yield
    finally:
        _going_on.discard(computation)
        _settle()


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


@cache
def _libraries() -> list[LibController]:
    """The BLAS libraries that are loaded; looking for them takes some milliseconds, once."""
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]
