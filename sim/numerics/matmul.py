"""Matrix products whose bits do not depend on the number of threads.

A BLAS cuts a product differently for each number of threads, and with it changes the order of sums. Here every
block is one single-threaded product (see blas.py), and the blocks depend on the shapes alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arrays import Array
from .pool import in_threads
from .threads import threads

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
