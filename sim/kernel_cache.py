"""Compiled kernels from numba's cache without what only compiling needs.

Before numba looks into its cache it loads the declarations of all that it could compile, some 0.2 s in which the
first chart waits. A kernel from the cache needs none of them, only numba's runtime; compiling loads them by itself.
"""

from typing import Any

import numba.core.caching
import numba.core.runtime

NumbaCache: Any = numba.core.caching.FunctionCache
RUNTIME: Any = numba.core.runtime


class KernelCache(NumbaCache):  # type: ignore[misc]
    """numba's cache of one kernel."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled kernel, None if it is not there."""
        try:
            RUNTIME.rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)
        except Exception:  # another version of numba, or a damaged cache, of which numba itself may tell
            return super().load_overload(sig, target_context)


def enable_cache(jit: Any) -> None:
    """Keep a kernel between runs of the program."""
    jit.enable_caching()
    if hasattr(jit, "_cache"):
        jit._cache = KernelCache(jit.py_func)
