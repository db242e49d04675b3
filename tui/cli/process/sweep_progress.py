"""How far a sweep is, on stderr: a line that is drawn anew on a terminal, else one at each tenth."""

import sys
import time

from ...state.pace import Pace
from .output import is_tty
from .progress import INTERVAL, TENTHS, say

BAR = 24  # columns


class SweepProgress:
    """Points done, points a second, and the time that is left."""

    def __init__(self, total: int, done: int):
        self.total, self.done = total, done
        self._shown = time.monotonic()
        self._pace = Pace(total, done, self._shown)
        self._drawn, self._screen = False, is_tty(sys.stderr)

    def made(self, points: int) -> None:
        """So many more points are done."""
        before, self.done = self.done, self.done + points
        now = time.monotonic()
        if self._screen and now - self._shown >= INTERVAL:
            self._shown, self._drawn = now, True
            full = BAR * self.done // self.total
            words = self._pace.words(self.done, now)
            sys.stderr.write(f"\r\x1b[K[{'#' * full}{'.' * (BAR - full)}] {words}"[:79])
            sys.stderr.flush()
        elif not self._screen and before * TENTHS // self.total < self.done * TENTHS // self.total:
            say(self._pace.words(self.done, now))

    def clear(self) -> None:
        """Leave no trace on a terminal."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
