"""One BLAS thread while something is computed, and the host's number of them afterwards, whatever breaks it off."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gradsim.sim.numerics import blas
from gradsim.sim.numerics.blas import one_blas_thread
from interrupting import each_line

HOST = 2


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def compute() -> set[int]:
    with one_blas_thread(), one_blas_thread():
        return blas_threads()


@pytest.fixture
def host():
    np.ones((4, 4)) @ np.ones((4, 4))
    blas._libraries.cache_clear()  # other tests may have loaded more of them
    blas._libraries()
    with threadpool_limits(HOST, user_api="blas"):
        assert blas_threads() == {HOST}
        yield


def test_it_is_one_within_and_the_hosts_afterwards(host) -> None:
    assert compute() == {1}
    assert blas_threads() == {HOST}


def test_one_that_ends_while_another_goes_on_leaves_the_limit(host) -> None:
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {HOST}


def test_one_that_is_broken_off_at_any_line_hinders_no_later_one(host) -> None:
    seen = []
    with each_line(lambda: seen.append(1), "/blas.py"):
        compute()
    assert len(seen) > 10
    for line in range(len(seen)):
        assert broken_off(line)
        assert compute() == {1}
        assert blas_threads() == {HOST}


def broken_off(line: int) -> bool:
    """Whether Ctrl+C came to the computation before the line."""
    left = line

    def stop() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    try:
        with each_line(stop, "/blas.py"):
            compute()
    except KeyboardInterrupt:
        return True
    return False
