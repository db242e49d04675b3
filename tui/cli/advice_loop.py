"""The work of asking for advice: the list grows on stderr's progress line until it is whole, or is stopped."""

import sys
import time
from collections.abc import Iterable

from ...sim.errors import Cancelled
from ...sim.training.fix_search import Question, steps, tries
from ...sim.training.trial import Trial
from ...sim.training.tried import Tried, rank
from .process.output import is_tty
from .process.progress import INTERVAL
from .process.signals import Stop

BAR = 24  # columns


def ask(question: Question, seconds: float, stop: Stop, base: Trial | None = None,
        symptoms: Iterable[str] = ()) -> tuple[tuple[Tried, ...], bool]:  # fmt: skip
    """What was tried, ranked, and whether that is all; Ctrl-C and the seconds keep what is known.

    `base` is a trial of a scenario as it is, if there was one, and `symptoms` those of a run of it.
    """
    tried: list[Tried] = []
    began = time.monotonic()
    shown = _Progress(steps(question))
    try:
        for one in tries(question, seconds, check=stop.check, base=base, symptoms=symptoms):
            tried.append(one)
            shown.show(len(tried), one)
    except Cancelled:
        pass
    finally:
        shown.clear()
    ranked = rank(tried)
    return ranked, not stop.number and time.monotonic() - began < seconds


class _Progress:
    """A bar on a terminal; silent elsewhere, as the list itself comes soon."""

    def __init__(self, total: int):
        self.total, self._shown = max(total, 1), 0.0
        self._on = is_tty(sys.stderr)

    def show(self, done: int, one: Tried) -> None:
        """How far it is, unless it was shown a moment ago."""
        now = time.monotonic()
        if not self._on or now - self._shown < INTERVAL:
            return
        self._shown = now
        full = min(BAR * done // self.total, BAR)
        sys.stderr.write(f"\r\x1b[K[{'#' * full}{'.' * (BAR - full)}] {done}/{self.total} {', '.join(one.fixes)}"[:90])
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave no trace."""
        if self._on and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
