"""Private folders: only the user can write them, so their files can be trusted."""

import contextlib
import errno
import os
import shlex
import shutil
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
MOST_LINKS = 40


class NotPrivateError(Exception):
    """A folder that others can write, or that can't be created: the fault as a clause, and what to do."""

    def __init__(self, fault: str, remedy: str = ""):
        super().__init__(fault)
        self.remedy = remedy


def private_folder(parent: Callable[[], str], *parts: str, discard: bool = False) -> Path:
    """The private folder `parts` below a base folder, created if missing; raises NotPrivateError.

    It is ours, only we can write it, and nobody but root and us can write what leads to it, up to our home.
    Those of `parts` that are ours are closed to others if need be; with `discard` the last one is created anew then,
    since nobody knows who wrote what is in it.
    """
    base = _base(parent)
    try:
        folder = _follow(base)
        for part in parts:
            folder /= part
            _close(folder, discard=discard and part == parts[-1])
            folder = _follow(folder)
        _refuse_others(folder, folder.stat())
    except OSError as error:
        raise NotPrivateError(f"{error.filename or base}: {error.strerror or error}") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise NotPrivateError(f"{folder} can't be written")
    return folder


def _base(parent: Callable[[], str]) -> Path:
    try:
        base = Path(parent())
    except (RuntimeError, OSError) as error:
        raise NotPrivateError(str(error)) from None
    if not base.is_absolute():
        raise NotPrivateError(f"{base} is no absolute path, perhaps since HOME is not set")
    return base


def _close(folder: Path, *, discard: bool) -> None:
    """Let nobody else write one of our folders; what others could write is deleted before that, or left."""
    with contextlib.suppress(FileNotFoundError):
        info = folder.lstat()
        if info.st_uid != os.geteuid() or not stat.S_ISDIR(info.st_mode) or not info.st_mode & WRITABLE_BY_OTHERS:
            return
        if discard:
            shutil.rmtree(folder)
        else:
            folder.chmod(stat.S_IMODE(info.st_mode) & ~WRITABLE_BY_OTHERS)


def _follow(path: Path) -> Path:
    """Where a path leads, each folder and link on the way being root's or ours; missing folders are created."""
    home = _home()
    at, rest, links = Path(path.anchor), deque(path.parts[1:]), 0
    while rest:
        part = rest.popleft()
        if part == "..":
            at = at.parent
            continue
        entry = at / part
        info = _stat_or_create(entry)
        if home is None or entry == home or not home.is_relative_to(entry):
            _refuse_strangers(entry, info)
        if not stat.S_ISLNK(info.st_mode):
            at = entry
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = entry.readlink()
        at = Path(target.anchor) if target.is_absolute() else at
        rest.extendleft(reversed(target.parts[target.is_absolute() :]))
    return at


def _home() -> Path | None:
    """Our home without links, None if there is none."""
    home = os.path.expanduser("~")  # noqa: PTH111 (Path's raises where there is none)
    return Path(os.path.realpath(home)) if os.path.isabs(home) else None  # noqa: PTH117


def _stat_or_create(folder: Path) -> os.stat_result:
    """The status of a folder or link; if there is none, a folder is created that only we can enter."""
    try:
        return folder.lstat()
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):  # another process was faster
            folder.mkdir(0o700)
        return folder.lstat()


def _refuse_strangers(entry: Path, info: os.stat_result) -> None:
    """Raise NotPrivateError if anybody but root and us could exchange what is below a folder, or a link."""
    if info.st_uid not in (0, os.geteuid()):
        raise NotPrivateError(f"{entry} belongs to somebody else (uid {info.st_uid})")
    if stat.S_ISDIR(info.st_mode) and info.st_mode & WRITABLE_BY_OTHERS and not info.st_mode & stat.S_ISVTX:
        raise _written_by_others(entry, info)


def _refuse_others(folder: Path, info: os.stat_result) -> None:
    """Raise NotPrivateError if anybody but us could add to a folder."""
    if info.st_uid != os.geteuid():
        raise NotPrivateError(f"{folder} belongs to somebody else (uid {info.st_uid})")
    if not stat.S_ISDIR(info.st_mode):
        raise NotPrivateError(f"{folder} is no folder")
    if info.st_mode & WRITABLE_BY_OTHERS:
        raise _written_by_others(folder, info)


def _written_by_others(folder: Path, info: os.stat_result) -> NotPrivateError:
    fault = f"others can write {folder} (mode {stat.S_IMODE(info.st_mode):o})"
    ours = info.st_uid == os.geteuid()
    return NotPrivateError(fault, f"chmod go-w {shlex.quote(str(folder))}" if ours else "")
