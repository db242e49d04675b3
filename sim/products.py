"""Matrix products whose bits do not depend on the number of threads.

A BLAS cuts a product differently for each number of threads, and with it changes the order of sums. Here every
block of rows is one single-threaded product, and the blocks depend on the shapes alone.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from threadpoolctl import threadpool_limits

from .kernel import Array
from .threads import threads

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

    starts = range(0, rows, ROWS)
    list(map(fill, starts) if threads() == 1 else _pool().map(fill, starts))
    return out


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads())
