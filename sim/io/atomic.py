"""Atomic writing of files: whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import Problem, UserError

OPEN_FILES = Path("/proc/self/fd")


def real_path(path: Path | str) -> Path:
    """A path with all links resolved, for writing; raises UserError for an impossible path."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise _unwritable(Path(path), error) from None


def write_atomically(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Replace a file in one step, so that a crash or a full disk never leaves half of it; raises UserError."""
    path = real_path(path)  # behind a link the file itself is replaced, not the link
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "is a folder; give a file's name")
        if path.exists() and not os.access(path, os.W_OK):  # replacing would not ask
            raise PermissionError(None, "it is read-only; choose another name")
        if path.exists() and not path.is_file():  # a device or a pipe: nothing to replace
            with path.open("wb") as file:
                write(file)
            return
        try:
            with _unnamed(temporary) as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
                _name(file, temporary)
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None


def _unnamed(temporary: Path) -> BinaryIO:
    """A file without a name where the system has such, so that not even a killed process leaves half of one."""
    if hasattr(os, "O_TMPFILE") and OPEN_FILES.exists():
        with contextlib.suppress(OSError):
            return os.fdopen(os.open(temporary.parent, os.O_TMPFILE | os.O_RDWR, 0o666), "w+b")
    return temporary.open("x+b")


def _name(file: BinaryIO, temporary: Path) -> None:
    """Give a whole file its name, unless it has one."""
    if temporary.exists():
        return
    folder = os.open(temporary.parent, os.O_RDONLY)  # with it Python follows the link to the open file
    try:
        os.link(OPEN_FILES / str(file.fileno()), temporary.name, dst_dir_fd=folder)
    finally:
        os.close(folder)


def _unwritable(path: Path, error: Exception) -> UserError:
    message = f"can't be written: {getattr(error, 'strerror', None) or error}"
    return UserError([Problem("", message, str(path))])
