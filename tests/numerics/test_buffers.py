"""Memory that is used again: each piece by one array at a time."""

import numpy as np
import pytest

from gradsim.sim.numerics.buffers import LINE, Workspace


@pytest.mark.parametrize("dtype", [np.dtype(np.float32), np.dtype(np.float64)])
def test_what_is_held_shares_no_memory_and_begins_with_a_line(dtype: np.dtype) -> None:
    room, chance, seen = Workspace(), np.random.default_rng(0), set[int]()
    for _ in range(200):
        held = [room.take((size, 3), dtype) for size in chance.integers(1, 200, 4)]
        for mark, array in enumerate(held):
            array[:] = mark
        assert all((array == mark).all() for mark, array in enumerate(held))
        assert all(array.ctypes.data % LINE == 0 and array.dtype == dtype for array in held)
        seen |= {array.ctypes.data for array in held}
        room.give(held)
        assert not held
    assert len(seen) < 50  # of 800 arrays: the others found memory that was there
