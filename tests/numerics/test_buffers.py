"""Memory that is used again: each piece by one array at a time, whichever thread asks."""

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from gradsim.sim.numerics.buffers import Workspace


@pytest.fixture(autouse=True)
def _threads_that_switch_all_the_time() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_two_threads_may_share_one() -> None:
    room, errors = Workspace(), list[Exception]()

    def work(mark: int) -> None:
        chance, dtype = np.random.default_rng(mark), np.dtype(np.float32)
        try:
            for _ in range(3000):
                held = [room.take((size,), dtype) for size in chance.integers(8, 200, 4)]
                for array in held:
                    array[:] = mark
                assert all((array == mark).all() for array in held)
                room.give(held)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
