"""The BLAS on one thread while gradsim computes, and as it was afterwards: its threads are the host program's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = Lock()
_inside = 0  # how many computations are going on; the first sets the limit and the last takes it back
_limit: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep all products within to one BLAS thread, so that their bits depend on shapes alone; may be nested.

    The limit is the process's: what others compute in the meantime has it too.
    """
    global _inside, _limit
    with _lock:
        if not _inside:
            _limit = _controller().limit(limits=1, user_api="blas")
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _limit.restore_original_limits()
                _limit = None


@cache
def _controller() -> ThreadpoolController:
    """Looking for the libraries that are loaded takes some milliseconds, once."""
    return ThreadpoolController()
