"""How far a sweep is, on stderr: a line that is drawn anew on a terminal, else one at each tenth."""

import sys
import time

from .output import is_tty
from .progress import INTERVAL, TENTHS, say

BAR = 24  # columns
SETTLED = 2.0  # seconds after which a rate is worth a word


class SweepProgress:
    """Points done, points a second, and the time that is left."""

    def __init__(self, total: int, done: int):
        self.total, self.begun_with, self.done = total, done, done
        self._began = self._shown = time.monotonic()
        self._drawn, self._screen = False, is_tty(sys.stderr)

    def made(self, points: int) -> None:
        """So many more points are done."""
        before, self.done = self.done, self.done + points
        now = time.monotonic()
        if self._screen and now - self._shown >= INTERVAL:
            self._shown, self._drawn = now, True
            full = BAR * self.done // self.total
            sys.stderr.write(f"\r\x1b[K[{'#' * full}{'.' * (BAR - full)}] {self._words(now)}"[:79])
            sys.stderr.flush()
        elif not self._screen and before * TENTHS // self.total < self.done * TENTHS // self.total:
            say(self._words(now))

    def clear(self) -> None:
        """Leave no trace on a terminal."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _words(self, now: float) -> str:
        made, passed = self.done - self.begun_with, now - self._began
        words = f"{self.done:,} of {self.total:,} points"
        if not made or passed < SETTLED:
            return words
        rate = made / passed
        return f"{words}, {rate:.3g} a second, {duration((self.total - self.done) / rate)} left"


def duration(seconds: float) -> str:
    """A time in at most two units: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
