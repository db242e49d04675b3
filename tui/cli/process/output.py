"""Writing to stdout and to files, and what stdout may carry."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType


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


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP end the process in order, so that no half-written file stays behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {n: signal.signal(n, end) for n in numbers if signal.getsignal(n) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
