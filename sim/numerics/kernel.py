"""The decorator that every numba kernel wears, where kernels are compiled, and their cache, without the compiler.

A kernel is a leaf: it calls only `math`, `np` and names of its own file, because the cache does not see an edit in
another file. Its annotations are its signature: Vector, Matrix, Bits, Table, float or int.

The cache uses numba's private parts, and a store of our own. numba would trust whatever lies in its cache, and would
load before it looks there the declarations of all that it could compile, some 0.2 s in which the first chart waits. A
kernel from the store needs none of them, only numba's runtime.
"""

import contextlib
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

import numba
import numba.core.compiler
import numba.core.runtime
import numba.core.serialize
import numpy as np

from .arrays import Bits, Matrix, Table, Vector
from .kernel_store import KernelStore, cache_folder

F = TypeVar("F", bound=Callable[..., None])
Report = Callable[[int, int], None]
Pending = tuple[Any, tuple[Any, ...]]  # a kernel, and the signature that it is to be compiled for

COMPILED: Any = numba.core.compiler.CompileResult
RUNTIME: Any = numba.core.runtime
DUMPS: Any = numba.core.serialize.dumps
VERSIONS = f"{numba.__version__} {sys.version}"

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
        with contextlib.suppress(OSError):  # of a kernel without a source file
            jit._cache = KernelCache(function, KernelStore(folder))
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


class KernelCache:
    """numba's cache interface for one function."""

    def __init__(self, function: Any, store: KernelStore):
        self._store = store
        self._function = f"{function.__module__}.{function.__qualname__}"
        self._source = _source(function.__code__.co_filename)
        self.cache_path = str(store.folder)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled kernel; None if it has to be compiled now."""
        name = self._name(signature, target.codegen())
        kernel = self._loaded(name, target)
        return self._loaded(name, target) if kernel is None and self._store.claim(name) else kernel

    def _loaded(self, name: str, target: Any) -> Any:
        with self._store.trial(name):
            data = self._store.read(name)
            if data is None:
                return None
            try:
                return _rebuilt(target, data)
            except Exception:  # numba itself changed, or something it depends on
                self._store.discard(name)
                return None

    def compiled_elsewhere(self, signature: Any, target: Any) -> bool:
        """Whether another process is compiling it."""
        return self._store.compiled_elsewhere(self._name(signature, target.codegen()))

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Store a compiled kernel, unless it holds addresses of this process."""
        name = self._name(signature, compiled.library.codegen)
        if not (compiled.lifted or compiled.library.has_dynamic_globals):
            self._store.write(name, DUMPS(compiled._reduce()))
        self._store.end_claim(name)

    def _name(self, signature: Any, codegen: Any) -> str:
        """The function in words, and a digest of all that its machine code depends on: a leaf is one file's."""
        depends = f"{VERSIONS}\n{self._source}\n{self._function}\n{signature}\n{codegen.magic_tuple()}"
        return f"{self._function}-{hashlib.blake2b(depends.encode(), digest_size=12).hexdigest()}"


def _rebuilt(target: Any, data: bytes) -> Any:
    try:
        RUNTIME.rtsys.initialize(target)
        return COMPILED._rebuild(target, *pickle.loads(data))
    except Exception:  # another version of numba may need all of its declarations
        target.refresh()
        return COMPILED._rebuild(target, *pickle.loads(data))


def others_last(pending: Iterable[Pending]) -> Iterator[Pending]:
    """Iterate over kernels and signatures; those that another process is compiling come last."""
    late: list[Pending] = []
    for jit, signature in pending:
        ours = not isinstance(jit._cache, KernelCache) or not jit._cache.compiled_elsewhere(signature, jit.targetctx)
        if ours:
            yield jit, signature
        else:
            late.append((jit, signature))
    yield from late


@cache
def _source(path: str) -> str:
    return hashlib.blake2b(Path(path).read_bytes()).hexdigest()
