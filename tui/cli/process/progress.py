"""How far training is, on stderr: a bar on a terminal, else a line at each tenth; stdout gets only results."""

import contextlib
import os
import stat
import sys
import time
from typing import TYPE_CHECKING

from .output import is_tty

if TYPE_CHECKING:
    from ....sim.training.history import History

INTERVAL = 0.25  # seconds between two pictures of the bar, light even on a slow line
TENTHS = 10
ROOMY = 80  # columns that a bar takes with its words
WORDS = ("{task.completed}/{task.total}", "loss {task.fields[loss]:<7} gradient {task.fields[norm]:<7}", "left")


class Silent:
    """No progress: what it reports on shows it by itself."""

    def __init__(self, total: int, done: int = 0):
        self.total, self.done = total, done

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def watch(self) -> None:
        """Something went on within an update."""

    def made(self, history: "History") -> None:
        """An update was made."""


class Lines(Silent):
    """A plain line at each tenth of the updates, for logs."""

    def made(self, history: "History") -> None:
        """Say how far it is, if that is a tenth."""
        before, self.done = self.done, len(history)
        if before * TENTHS // self.total < self.done * TENTHS // self.total:
            loss, norm = _numbers(history)
            say(f"update {self.done} of {self.total}: loss {loss}, gradient norm {norm}")


class Bar(Silent):
    """A bar on a terminal, with the time that is left."""

    def __enter__(self) -> "Bar":
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        count, numbers, left = (TextColumn(words, markup=False) for words in WORDS)
        console = Console(stderr=True)
        roomy = console.width >= ROOMY
        columns = (
            [count, BarColumn(24), numbers, TimeRemainingColumn(compact=True), left] if roomy else [count, numbers]
        )
        self._progress = Progress(*columns, console=console, auto_refresh=False, transient=True,
                                  redirect_stdout=False, redirect_stderr=False)  # fmt: skip
        self._task = self._progress.add_task("", total=self.total, completed=self.done, loss="-", norm="-")
        self._history: History | None = None
        self._shown = time.monotonic()
        with contextlib.suppress(OSError):
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._progress.stop()

    def made(self, history: "History") -> None:
        """Keep what there is to show."""
        self._history = history
        self.watch()

    def watch(self) -> None:
        """Draw it, unless that was a moment ago."""
        now = time.monotonic()
        if now - self._shown < INTERVAL or self._history is None:
            return
        self._shown = now
        loss, norm = _numbers(self._history)
        with contextlib.suppress(OSError):
            self._progress.update(self._task, completed=len(self._history), loss=loss, norm=norm, refresh=True)


def progress(total: int, done: int, streams: bool) -> Silent:
    """What fits stderr; no bar where results stream over the same terminal, or into a program that may print there."""
    terminal = is_tty(sys.stderr)
    if streams and terminal and is_tty(sys.stdout):
        return Silent(total, done)
    screen = terminal and os.environ.get("TERM", "dumb") not in ("dumb", "")
    return (Bar if screen and not (streams and _piped()) else Lines)(total, done)


def _piped() -> bool:
    """Whether stdout goes to another program."""
    try:
        return stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


def say(text: str) -> None:
    """A line on stderr, if there is one."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _numbers(history: "History") -> list[str]:
    from ....sim.text import format_number

    return [format_number(float(history.numbers[name][-1])) for name in ("loss", "gradient_norm")]
