"""Writing to stdout, and what it may carry."""

import os
import sys


class ClosedError(Exception):
    """Nobody reads stdout any more."""


def emit(text: str) -> None:
    """Write to stdout and flush; raises ClosedError if its reader has gone, OSError if it is full."""
    if sys.stdout is None:  # closed by the caller (>&-): there is nobody to tell
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ClosedError from None


def has_screen() -> bool:
    """Whether both ends are a terminal that can be painted on."""
    return is_tty(sys.stdin) and is_tty(sys.stdout) and os.environ.get("TERM", "dumb") not in ("dumb", "")


def colourful() -> bool:
    """Whether stdout wants colours: a terminal, and NO_COLOR (no-color.org) is not set."""
    return is_tty(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_tty(stream: object) -> bool:
    """Whether a stream is a terminal; false for one that is closed or not there."""
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:  # a closed stream
        return False
