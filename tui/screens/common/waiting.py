"""Waiting for runs that were asked for: soon those of before are dimmed, later given up."""

from collections.abc import Callable

from textual.timer import Timer

from ...workers.passes import PATIENCE, SOON

Call = Callable[[], None]


class Waiting:
    """Calls `soon` and `late` after the runs were asked for, unless they come before or others are asked for."""

    def __init__(self, after: Callable[[float, Call], Timer], soon: Call, late: Call):
        self._after, self._calls = after, ((SOON, soon), (PATIENCE, late))
        self._timers: list[Timer] = []

    def begin(self) -> None:
        """Runs were asked for."""
        self.end()
        self._timers = [self._after(seconds, call) for seconds, call in self._calls]

    def end(self) -> None:
        """Nothing is waited for any more."""
        for timer in self._timers:
            timer.stop()
