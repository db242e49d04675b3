"""Compiled kernels on disk: code that is executed, so only in a folder where nobody else can write, with checksums.

One whose loading crashed a process is compiled anew. Of processes that start together one compiles a kernel, and the
others load it.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import platformdirs

from ..errors import UserError
from ..io.atomic import write_atomically
from ..io.private_folder import NotPrivateError, private_folder

REMEDY = "set XDG_CACHE_HOME to a folder that only you can write"
DIGEST = 32  # bytes of the digest that a file begins with
PATIENCE = 20.0  # seconds that another process may take to compile what is waited for: it may have been suspended
GLANCE = 0.02  # seconds between looks at it


class CacheFolder(NamedTuple):
    """The cache folder (None if there is none), and, if it is not the user's usual one, why and what to do."""

    path: Path | None
    fault: str = ""
    remedy: str = ""


@cache
def cache_folder() -> CacheFolder:
    """The folder of compiled kernels, chosen once in a process."""
    try:
        return CacheFolder(private_folder(platformdirs.user_cache_dir, "gradsim", "kernels", discard=True))
    except NotPrivateError as error:
        fault, remedy = str(error), error.remedy or REMEDY
    try:
        folder = private_folder(tempfile.gettempdir, f"gradsim-{os.geteuid()}", "kernels", discard=True)
        return CacheFolder(folder, fault, remedy)
    except NotPrivateError:
        return CacheFolder(None, fault, remedy)


class KernelStore:
    """Bytes by name in a folder. Only writing fails, and only silently: a kernel can be compiled again."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._claims: dict[str, int] = {}

    def read(self, name: str) -> bytes | None:
        """The bytes stored under a name; None if there are none or the checksum differs."""
        try:
            stored = self._path(name).read_bytes()
        except OSError:
            return None
        if stored[:DIGEST] == _digest(name, stored[DIGEST:]):
            return stored[DIGEST:]
        self.discard(name)
        return None

    def write(self, name: str, data: bytes) -> None:
        """Store bytes under a name; silently not if the disk is full."""
        with contextlib.suppress(UserError):
            write_atomically(self._path(name), lambda file: file.write(_digest(name, data) + data))

    def discard(self, name: str) -> None:
        """Delete the bytes stored under a name."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    @contextlib.contextmanager
    def trial(self, name: str) -> Iterator[None]:
        """Context in which a stored kernel is tried; deletes it first if the last process that tried it died.

        A mark says so: a file that is not empty and whose lock, which ends with its process, is free.
        """
        path = self.folder / f"{name}.trial"
        try:
            mark = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # without a mark then
            yield
            return
        try:
            locked = self._mark(mark, name)
            yield
            if locked:
                with contextlib.suppress(OSError):
                    os.ftruncate(mark, 0)  # who has opened it already sees no death
                    path.unlink()
        finally:
            os.close(mark)

    def compiled_elsewhere(self, name: str) -> bool:
        """Whether another process is compiling it."""
        try:
            claim = os.open(self._claim(name), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _locked(claim)
        finally:
            os.close(claim)

    def claim(self, name: str, patience: float = PATIENCE) -> bool:
        """Lock a name for compiling until `end_claim`; True if another process stored it in the meantime.

        One that takes too long is not waited for.
        """
        try:
            claim = os.open(self._claim(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # nothing can be stored anyway
            return False
        end = time.monotonic() + patience
        while not _locked(claim) and time.monotonic() < end:
            time.sleep(GLANCE)
        self._claims[name] = claim
        if there := self._path(name).exists():
            self.end_claim(name)
        return there

    def end_claim(self, name: str) -> None:
        """Release the lock."""
        if (claim := self._claims.pop(name, None)) is not None:
            with contextlib.suppress(OSError):
                self._claim(name).unlink()
            os.close(claim)

    def _claim(self, name: str) -> Path:
        return self.folder / f"{name}.claim"

    def _mark(self, mark: int, name: str) -> bool:
        """Write the mark, whether or not there is one already; False if another process tries the same now."""
        if not _locked(mark):
            return False
        if os.fstat(mark).st_size:
            self.discard(name)
        with contextlib.suppress(OSError):  # no room
            os.write(mark, b"1")
        return True

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.kernel"


def _locked(descriptor: int) -> bool:
    """Lock an open file, unless somebody else has; the lock ends with the process at the latest."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _digest(name: str, data: bytes) -> bytes:
    """Of the name too, so that a file under another's name is no kernel."""
    return hashlib.blake2b(name.encode() + b"\0" + data, digest_size=DIGEST).digest()
