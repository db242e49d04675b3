"""numba's private parts: its compiled kernels from a store of our own, without what only compiling needs.

numba would trust whatever lies in its cache, and would load before it looks there the declarations of all that it could
compile, some 0.2 s in which the first chart waits. A kernel from the store needs none of them, only numba's runtime.
"""

import contextlib
import hashlib
import pickle
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numba.core.compiler
import numba.core.runtime
import numba.core.serialize

from .kernel_store import KernelStore

COMPILED: Any = numba.core.compiler.CompileResult
RUNTIME: Any = numba.core.runtime
DUMPS: Any = numba.core.serialize.dumps
VERSIONS = f"{numba.__version__} {sys.version}"


class KernelCache:
    """What numba asks for the compiled kernels of one function."""

    def __init__(self, function: Any, store: KernelStore):
        self._store = store
        self._function = f"{function.__module__}.{function.__qualname__}"
        self._source = _source(function.__code__.co_filename)
        self.cache_path = str(store.folder)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled kernel, None if it is not there."""
        name = self._name(signature, target.codegen())
        with self._store.trial(name):
            data = self._store.read(name)
            if data is None:
                return None
            try:
                return _rebuilt(target, data)
            except Exception:  # numba itself changed, or something it depends on
                self._store.discard(name)
                return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled kernel, unless it holds addresses of this process."""
        if compiled.lifted or compiled.library.has_dynamic_globals:
            return
        self._store.write(self._name(signature, compiled.library.codegen), DUMPS(compiled._reduce()))

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


@cache
def _source(path: str) -> str:
    return hashlib.blake2b(Path(path).read_bytes()).hexdigest()


def enable_cache(jit: Any, folder: Path) -> None:
    """Keep a kernel between runs of the program in a folder that is ours alone; not one without a source."""
    with contextlib.suppress(OSError):
        jit._cache = KernelCache(jit.py_func, KernelStore(folder))
