"""The ways out: signals and a lost terminal end the interface, restore the terminal and give the right status."""

import contextlib
import errno
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")
LOST = 128 + 1  # a terminal that is gone is a hangup
GRACE = 3.0  # seconds for an orderly end; then the process ends all the same
RESTORE = (  # mouse, paste, resize and focus reports off, keyboard, screen and cursor as they were
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?2048l\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


@contextlib.contextmanager
def guarded(leave: Callable[[int], None]) -> Iterator[None]:
    """Within, a signal n calls leave(128 + n), and so does losing the terminal; both end within GRACE."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        end(128 + number)

    def end(status: int) -> None:
        timer = threading.Timer(GRACE, _end_anyway, (status, modes))
        timer.daemon = True
        timer.start()
        timers.append(timer)
        leave(status)

    over, modes = threading.Event(), _modes()
    timers: list[threading.Timer] = []
    names = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in names}
    threading.Thread(target=_watch_terminal, args=(over, end), daemon=True, name="gradsim-terminal").start()
    try:
        yield
    finally:
        over.set()
        for timer in timers:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
        let_go()


def is_lost() -> bool:
    """Whether there is no terminal (any more)."""
    try:
        return not (sys.__stdin__ and os.isatty(sys.__stdin__.fileno()))
    except (OSError, ValueError):
        return True


def is_hangup(error: OSError) -> bool:
    """Whether an error in writing comes of a terminal that is gone."""
    if error.errno != errno.EIO or error.filename:
        return False
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                termios.tcgetattr(stream.fileno())
        except termios.error as error:
            if error.args[0] == errno.EIO:
                return True
        except (OSError, ValueError):
            continue
    return False


def let_go() -> None:
    """Let what can't be written to a lost terminal go nowhere: the interpreter's last flush would fail, with 120."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except ValueError:  # it is closed
            continue


def _watch_terminal(over: threading.Event, end: Callable[[int], None]) -> None:
    """Look once a second whether there still is a terminal."""
    while not over.wait(1.0):
        if is_lost():
            end(LOST)
            return


def _modes() -> list[Any] | None:
    """The terminal's modes as they are now, None where there is no terminal."""
    try:
        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ else None
    except (termios.error, OSError, ValueError):
        return None


def _end_anyway(status: int, modes: list[Any] | None) -> None:
    """End the process, should writing to a stuck terminal have held up the orderly way."""
    with contextlib.suppress(Exception):
        if modes is not None and sys.__stdin__:
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, modes)
    with contextlib.suppress(Exception):
        out = sys.__stderr__.fileno() if sys.__stderr__ else 2  # where Textual writes
        os.set_blocking(out, False)
        try:
            os.write(out, RESTORE)
        finally:
            os.set_blocking(out, True)  # the shell shares this terminal
    os._exit(status)
