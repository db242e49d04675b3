"""Settings of the C library's allocator: memory that a pass frees stays with the process for the next pass.

All of it is for programs to call: in a library it would be the host's memory. Does nothing where there is no glibc.
"""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

# the options of mallopt(3), in malloc.h of glibc
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8

MOST_FREE = 2**27  # bytes free at the top of the heap up to which nothing goes back to the system
LARGEST = 2**25  # bytes of an array up to which it is kept, the most that glibc allows
ASKED = LARGEST - 2**20  # bytes of an array that surely still is


@cache
def share_one_arena() -> None:
    """Use one malloc arena for all threads that start later; with several, each would keep as much freed memory.

    Of any other arena `give_back_freed_memory` leaves the top.
    """
    if (mallopt := _glibc("mallopt")) is not None:
        mallopt(ARENA_MAX, 1)


@cache
def keep_freed_memory() -> None:
    """Keep freed memory in the process; call once, in programs only (in a library it would be the host's memory).

    Building a network and its first pass take about a tenth to a third longer without, by size; further passes find
    their memory in buffers.py.
    """
    share_one_arena()
    if (mallopt := _glibc("mallopt")) is None:
        return
    import numpy as np  # not before the first paint

    for option, value in ((TRIM_THRESHOLD, MOST_FREE), (MMAP_THRESHOLD, LARGEST)):
        mallopt(option, value)
    # For so large arrays NumPy asks the system for huge pages; arrays that later take their memory have them too.
    _ = [np.empty(ASKED, np.uint8) for _ in range(MOST_FREE // LARGEST)]


def give_back_freed_memory() -> None:
    """Return free pages to the system, for when something large is gone for good."""
    if (trim := _glibc("malloc_trim")) is not None:
        trim(ctypes.c_size_t(0))


def _glibc(name: str) -> Callable[..., int] | None:
    """A function of the C library, None if it has none of this name."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
