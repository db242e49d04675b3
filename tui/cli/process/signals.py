"""Ending long work in order: a signal is a wish, which the work sees the next time that it looks."""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from .output import is_tty

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SHOW_CURSOR = b"\x1b[?25h\n"  # a progress bar hides it


class Stop:
    """Within it Ctrl-C, SIGTERM and SIGHUP only leave their `number`; a second one ends the process at once.

    A signal that the caller had ignored, as nohup does, stays ignored.
    """

    number = 0

    def __enter__(self) -> "Stop":
        usual = (signal.SIG_DFL, signal.default_int_handler)
        known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        self._before: dict[int, Any] = {n: signal.signal(n, self._note) for n in known if signal.getsignal(n) in usual}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self, *_: object) -> None:
        """Raise Cancelled if the end is wished; a watcher of passes."""
        if self.number:
            from ....sim.errors import Cancelled

            raise Cancelled

    @property
    def status(self) -> int:
        """The exit status: 128 + the signal's number, 0 without one."""
        return 128 + self.number if self.number else 0

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            _end_at_once(128 + number)
        self.number = number


def _end_at_once(status: int) -> NoReturn:
    """Without an exception, which could come within a library that swallows or prints it; the cursor is shown again."""
    if is_tty(sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(status)
