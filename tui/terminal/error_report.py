"""An error that is the program's own: its details in a file, for whoever is to mend it."""

import contextlib
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

INTERNAL = os.EX_SOFTWARE  # the exit status, which no verdict, wrong usage or signal has
KEPT = 20  # reports in the user's folder
PACKAGES = ("gradsim", "numpy", "numba", "textual")


def write_report(error: BaseException) -> Path | None:
    """Write the traceback with versions and command line to a file of the user's state folder, else a temporary one.

    None if neither can be written.
    """
    text = "\n".join([*_circumstances(), "", "".join(traceback.format_exception(error))])
    for folder in _folders():
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            folder.mkdir(parents=True, exist_ok=True)
            prefix = f"gradsim-error-{time.strftime('%Y%m%d-%H%M%S')}-"
            handle, name = tempfile.mkstemp(".txt", prefix, folder)  # readable only by its owner
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            return Path(name)
    return None


def internal_error(error: BaseException) -> str:
    """One line on an error, with where its details are."""
    path = write_report(error)
    what = "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {error}")
    what = what if len(what) <= 200 else f"{what[:197]}..."
    where = f"please report it with the details, in {path}" if path else "its details could be written nowhere"
    return f"internal error, a fault of gradsim's own: {what}; {where}"


def _circumstances() -> Iterator[str]:
    yield f"command: {sys.argv}"
    yield f"system: {platform.platform()}, Python {platform.python_version()}"
    for name in PACKAGES:
        with contextlib.suppress(Exception):
            yield f"{name} {version(name)}"


def _folders() -> Iterator[Path]:
    with contextlib.suppress(Exception):
        import platformdirs

        folder = Path(platformdirs.user_state_dir("gradsim"), "errors")
        if folder.is_absolute():  # it is not where there is no home
            _make_room(folder)
            yield folder
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())


def _make_room(folder: Path) -> None:
    """Delete the oldest reports."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("gradsim-error-*.txt"))[: 1 - KEPT]:
            path.unlink()
