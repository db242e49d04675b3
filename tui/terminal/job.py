"""Stopping as a terminal stops a program on Ctrl+Z, where there is a shell that can bring it back."""

import os
import signal
import time
from collections.abc import Callable

MOMENT = 0.05  # seconds in which a signal is heard


class EndedError(Exception):
    """It is to end before it came back to the terminal, which is not its own to change."""


def has_shell() -> bool:
    """Whether a shell with job control has begun this: it gives each job a process group of its own.

    Where it has not, as in a window of its own, nobody could ever continue what is stopped.
    """
    return hasattr(signal, "SIGSTOP") and os.isatty(0) and os.getpgrp() != os.getsid(0)


def stop_job(ending: Callable[[], bool]) -> None:
    """Stop this process and what it was begun through, until the shell continues them with `fg`; after `bg` once more.

    Raises EndedError if it is to end meanwhile.
    """
    heard: list[int] = []
    before = signal.signal(signal.SIGCONT, lambda number, _: heard.append(number))
    try:
        while True:
            heard.clear()
            os.killpg(os.getpgrp(), signal.SIGSTOP)
            while not heard:  # else Textual would hear it later, and begin a second time
                time.sleep(MOMENT)
            if _in_foreground():
                return
            time.sleep(MOMENT)  # a signal to end may have come with it
            if ending():
                signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # what Textual does at its end must not stop it
                raise EndedError
    finally:
        signal.signal(signal.SIGCONT, before)


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:  # the terminal is gone, which is told elsewhere
        return True
