"""Errors of gradsim itself while its screens are open: what is said of each, and when they are too many."""

import math
import time
import traceback
from pathlib import Path

from ...sim.errors import UserError
from .error_report import write_report
from .textual_private import Cause

WITHIN = 5.0  # seconds
MOST: dict[Cause, float] = {"a hand": math.inf, "painting": 3, "itself": 30}  # errors within them


class Faults:
    """The errors of a session; each kind is reported once."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._times: dict[Cause, list[float]] = {cause: [] for cause in MOST}

    def tell(self, error: BaseException) -> str:
        """What the status line says of an error, its details in a file."""
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        kind = f"{type(error)} {frame and (frame[0].filename, frame[0].lineno)}"
        if kind not in self._told:
            self._told[kind] = sentence(error)
        return self._told[kind]

    def too_many(self, cause: Cause) -> bool:
        """Whether one more from a cause is one too many."""
        now = time.monotonic()
        self._times[cause] = [*(then for then in self._times[cause] if now - then < WITHIN), now]
        return len(self._times[cause]) >= MOST[cause]


def sentence(error: BaseException) -> str:
    """One line on an error, with where its details are."""
    path = write_report(error)
    where = f"please report it with {_short(path)}" if path else "its details could be written nowhere"
    return f"gradsim made a mistake, and goes on; {where}: {type(error).__name__}: {error}"


def reason(error: BaseException, too_large: str = "there is not enough memory") -> str:
    """Why work that a screen waits for came to nothing; `too_large` is said where memory was not enough."""
    if isinstance(error, UserError):
        return str(error)
    return too_large if isinstance(error, MemoryError) else sentence(error)


def _short(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
