"""The decorator that every numba kernel wears, and where kernels are compiled.

A kernel is a leaf: it calls only `math`, `np` and names of its own file, because the cache does not see an edit in
another file. Its annotations are its signature: Vector, Matrix, Bits, Table, float or int.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

import numba
import numpy as np

from .arrays import Bits, Matrix, Table, Vector
from .kernel_store import cache_folder
from .numba_private import others_last, use_store

F = TypeVar("F", bound=Callable[..., None])
Report = Callable[[int, int], None]

# Without nnan and ninf: those would let the compiler assume that there are no NaN and no inf.
SAFE_MATH = {"reassoc", "contract", "arcp", "nsz"}

KERNELS: list[Any] = []


def kernel(function: F) -> F:
    """Compile a leaf function over arrays with numba on its first use; releases the interpreter lock."""
    return _kernel(function, SAFE_MATH)


def exact_kernel(function: F) -> F:
    """The same of one whose results have to be NumPy's, bit for bit: each operation by itself, in the order written."""
    return _kernel(function, set())


def _kernel(function: F, fast: set[str]) -> F:
    jit: Any = numba.njit(nogil=True, error_model="numpy", fastmath=fast)(function)
    if (folder := cache_folder().path) is not None:
        use_store(jit, folder)
    KERNELS.append(jit)
    return cast(F, jit)


def compile_pending(dtype: Any, report: Report | None = None, wanted: Callable[[str], bool] = bool) -> int:
    """Compile, or load from the cache, every declared kernel for one dtype; returns how many there were.

    `report(done, total)` is called before each; `wanted` says of a module's name whether its kernels are needed.
    """
    needed = [jit for jit in KERNELS if wanted(jit.py_func.__module__)]
    pending = [(jit, signature) for jit in needed if (signature := _signature(jit, dtype)) not in jit.signatures]
    for done, (jit, signature) in enumerate(others_last(pending)):
        if report is not None:
            report(done, len(pending))
        jit.compile(signature)
    return len(pending)


@cache
def _signature(jit: Any, dtype: Any) -> tuple[Any, ...]:
    hints = get_type_hints(jit.py_func, include_extras=True)
    hints.pop("return", None)
    return tuple(_numba_type(hint, numba.from_dtype(np.dtype(dtype))) for hint in hints.values())


def _numba_type(hint: Any, real: Any) -> Any:
    shapes = {
        Vector: numba.types.Array(real, 1, "C"),
        Matrix: numba.types.Array(real, 2, "C"),
        Bits: numba.types.Array(numba.from_dtype(np.dtype(f"i{real.bitwidth // 8}")), 2, "C"),
        Table: numba.types.Array(numba.float64, 2, "C"),
        float: numba.float64,
        int: numba.int64,
    }
    return shapes[hint]
