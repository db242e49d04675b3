"""Matrix products whose bits do not depend on the number of threads.

A BLAS cuts a product differently for each number of threads, and with it changes the order of sums. Here every
block of rows is one single-threaded product, and the blocks depend on the shapes alone.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from threadpoolctl import threadpool_limits

from .kernel import Array

LARGE = 2**22  # multiply-adds from which a second thread is worth its start
ROWS = 128  # of one block

_limit = threadpool_limits(1, user_api="blas")  # for the whole process: the threads are ours, not the BLAS's


def product(left: Array, right: Array) -> Array:
    """Left @ right, (m, k) times (k, n), in blocks of rows shared among all threads when it is large."""
    rows, inner = left.shape
    if rows <= ROWS or rows * inner * right.shape[1] < LARGE:
        return left @ right
    out = np.empty((rows, right.shape[1]), left.dtype)

    def fill(start: int) -> None:
        np.matmul(left[start : start + ROWS], right, out=out[start : start + ROWS])

    list(_pool().map(fill, range(0, rows, ROWS)))
    return out


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores())


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
