"""The C library's memory: what one pass frees is kept for the next, since fresh pages cost as much as its sums."""

import ctypes
import sys
from functools import cache

import numpy as np

# the options of mallopt(3), in malloc.h of glibc
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8

KEPT = 2**27  # bytes free at the top of the heap up to which nothing is given back to the system
LARGEST = 2**25  # bytes of an array up to which it is kept, the most that glibc allows
ASKED = LARGEST - 2**20  # bytes of an array that surely still is


@cache
def keep_freed_memory() -> None:
    """Once for the process, where there is glibc; one arena for all threads, or each would keep as much.

    It is for programs to call: in a library it would be the host's memory. Building a network and its first pass take
    about a tenth to a third longer without, by size; further passes find their memory in buffers.py.
    """
    if not sys.platform.startswith("linux"):
        return
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is None:
        return
    for option, value in ((TRIM_THRESHOLD, KEPT), (MMAP_THRESHOLD, LARGEST), (ARENA_MAX, 1)):
        tell(option, value)
    # For so large arrays NumPy asks the system for huge pages; what is made in their place later has them too.
    _ = [np.empty(ASKED, np.uint8) for _ in range(KEPT // LARGEST)]
