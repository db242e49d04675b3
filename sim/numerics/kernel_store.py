"""Files of compiled kernels: each is checked before it is used, and one that a process died of is made again."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError
from ..io.atomic import write_atomically

DIGEST = 32  # bytes of the digest that a file begins with


class KernelStore:
    """Bytes by name in a folder. Only writing fails, and only silently: a kernel can be compiled again."""

    def __init__(self, folder: Path):
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """What was written under a name, None if there is nothing or one bit of it is different."""
        try:
            stored = self._path(name).read_bytes()
        except OSError:
            return None
        if stored[:DIGEST] == _digest(name, stored[DIGEST:]):
            return stored[DIGEST:]
        self.discard(name)
        return None

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes under a name, or not, if there is no room."""
        with contextlib.suppress(UserError):
            write_atomically(self._path(name), lambda file: file.write(_digest(name, data) + data))

    def discard(self, name: str) -> None:
        """Forget what was written under a name."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    @contextlib.contextmanager
    def trial(self, name: str) -> Iterator[None]:
        """While what is under a name is tried; if the last one who did so died of it, it is forgotten before.

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

    def _mark(self, mark: int, name: str) -> bool:
        """Write the mark, whether or not there is one already; False if another process tries the same now."""
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        if os.fstat(mark).st_size:
            self.discard(name)
        with contextlib.suppress(OSError):  # no room
            os.write(mark, b"1")
        return True

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.kernel"


def _digest(name: str, data: bytes) -> bytes:
    """Of the name too, so that a file under another's name is no kernel."""
    return hashlib.blake2b(name.encode() + b"\0" + data, digest_size=DIGEST).digest()
