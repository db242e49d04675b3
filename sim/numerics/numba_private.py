"""All that gradsim uses of numba's private parts: the cache of compiled kernels, without the compiler.

numba would trust whatever lies in its cache, and would load before it looks there the declarations of all that it could
compile, some 0.2 s in which the first chart waits. A kernel from our own store needs none of them, only its runtime.
"""

import contextlib
import hashlib
import pickle
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numba.core.compiler
import numba.core.runtime
import numba.core.serialize

from .kernel_store import KernelStore

Pending = tuple[Any, tuple[Any, ...]]  # a kernel, and the signature that it is to be compiled for

COMPILED: Any = numba.core.compiler.CompileResult
RUNTIME: Any = numba.core.runtime
DUMPS: Any = numba.core.serialize.dumps
VERSIONS = f"{numba.__version__} {sys.version}"


def use_store(jit: Any, folder: Path) -> None:
    """Let a kernel be loaded from the store in a folder, and be kept there; not one without a source file."""
    with contextlib.suppress(OSError):
        jit._cache = KernelCache(jit.py_func, KernelStore(folder))


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
