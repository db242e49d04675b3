"""What the installed program runs first: neither Ctrl+C while the rest is imported nor a fault is a traceback."""

import contextlib
import signal
import sys


def main() -> None:
    """Run the command line and end the process with its status; 70 is that of an internal error."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started it says no
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from .main import main as run

        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except Exception as error:  # status 1, a traceback's, would be a verdict
        sys.exit(_internal(error))


def _internal(error: Exception) -> int:
    """Say where the details of an error are; returns the exit status."""
    from ..terminal.error_report import INTERNAL, internal_error

    with contextlib.suppress(OSError, AttributeError, ValueError):  # stderr is closed, or was never there
        sys.stderr.write(f"gradsim: {internal_error(error)}\n")
        sys.stderr.flush()
    return INTERNAL
