"""Errors of gradsim itself while its screens are open: what is said of each, and when they are too many."""

import time
import traceback
from collections import deque
from pathlib import Path

from .error_report import write_report

MOST, WITHIN = 16, 2.0  # errors in so many seconds that no hand has caused: a widget that fails whenever it is painted


class Faults:
    """The errors of a session; each kind is reported once."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._times: deque[float] = deque(maxlen=MOST)

    def tell(self, error: BaseException) -> str:
        """What the status line says of an error, its details in a file."""
        place = traceback.extract_tb(error.__traceback__)[-1:]
        kind = f"{type(error)} {place and (place[0].filename, place[0].lineno)}"
        if kind not in self._told:
            self._told[kind] = sentence(error)
        return self._told[kind]

    def too_many(self) -> bool:
        """Whether one more is one too many."""
        self._times.append(time.monotonic())
        return len(self._times) == MOST and self._times[-1] - self._times[0] < WITHIN


def sentence(error: BaseException) -> str:
    """One line on an error, with where its details are."""
    path = write_report(error)
    where = f"please report it with {_short(path)}" if path else "its details could be written nowhere"
    return f"gradsim made a mistake, and goes on; {where}: {type(error).__name__}: {error}"


def _short(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
