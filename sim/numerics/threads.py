"""The number of threads that a process may use, for BLAS, numba and gradsim's own alike."""

import os

_limits: list[int] = []  # what --threads said, if anything


def limit_threads(count: int) -> None:
    """Bound all threads of this process, before numba is imported and before the first large product."""
    _limits[:] = [count]
    os.environ["NUMBA_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(count)  # read when they are imported


def threads() -> int:
    """The bound, else the processors that this process may use, or OMP_NUM_THREADS where that is fewer."""
    if _limits:
        return _limits[0]
    wish = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores(), int(wish)) if wish.isdecimal() and int(wish) > 0 else cores()


def bound() -> int | None:
    """What --threads said, None if nothing."""
    return _limits[0] if _limits else None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
