"""Reading of .npz files, never pickled: the header of each array first, and only then its numbers."""

import io
import lzma
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from ..errors import refuse

FIRST_BYTES = 2**16  # NumPy's own limit of a header is 10,000

# What zipfile and NumPy raise on a file that is not what it says it is.
DAMAGE = (
    ValueError, TypeError, OSError, EOFError, RuntimeError, LookupError, ArithmeticError, SyntaxError,
    tokenize.TokenError, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
)  # fmt: skip


class Header(NamedTuple):
    """The header of a stored array: shape and dtype."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Archive:
    """An open .npz; whatever can't be read is refused with a UserError that ends in `advice`."""

    def __init__(self, path: Path, file: zipfile.ZipFile, advice: str):
        self.path, self._file, self._advice = path, file, advice
        self.names = [name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy")]

    def header(self, name: str) -> Header:
        """Shape and type of one array, from its first bytes."""
        try:
            with self._file.open(f"{name}.npy") as member:
                start = io.BytesIO(member.read(FIRST_BYTES))
            first = npy.read_magic(start) == (1, 0)
            shape, _, dtype = (npy.read_array_header_1_0 if first else npy.read_array_header_2_0)(start)
        except (*DAMAGE, MemoryError) as error:  # MemoryError: of the parser, which nesting overflows
            refuse(self.path, self.damaged(name, error))
        return Header(shape, dtype)

    def array(self, name: str) -> Any:
        """The numbers of one array; check its header first."""
        try:
            with self._file.open(f"{name}.npy") as member:
                return npy.read_array(member, allow_pickle=False)
        except DAMAGE as error:
            refuse(self.path, self.damaged(name, error))

    def damaged(self, name: str, error: object) -> str:
        """The sentence for an array that can't be read."""
        return f"{name} can't be read ({str(error)[:200]}); {self._advice}"


@contextmanager
def open_archive(path: Path, otherwise: str, advice: str) -> Iterator[Archive]:
    """Open an .npz; another file is refused with the sentence `otherwise`."""
    try:
        file = zipfile.ZipFile(path)
    except PermissionError:
        raise
    except DAMAGE:
        refuse(path, otherwise)
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's on files that Python 2 has written, which are read all the same
        yield Archive(path, file, advice)
