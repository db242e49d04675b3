"""Ending long work in order: a signal is a wish, which the work sees the next time that it looks."""

import signal
import sys
from types import FrameType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


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
            from ...sim.passes import Cancelled

            raise Cancelled

    @property
    def status(self) -> int:
        """The exit status: 128 + the signal's number, 0 without one."""
        return 128 + self.number if self.number else 0

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            sys.exit(128 + number)
        self.number = number
