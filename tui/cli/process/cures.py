"""The process that tries fixes while the interface is used: one thread, of low priority."""

import contextlib
import gc
import os
import time
from typing import TYPE_CHECKING

from ....sim.numerics.threads import limit_threads
from .answer import Send, answer

NICE = 10  # a tenth of the processor time of who wants the same one; with 19 a busy machine would never come to it

if TYPE_CHECKING:
    from ....sim.training.fix_search import Question


def main() -> None:
    """Send how many answers there will be at most, each of them as it is found, and in the end whether that is all."""
    limit_threads(1)  # before the question imports numba
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    answer(_work)


def _work(question: "tuple[Question, float]", send: Send) -> None:
    from ....sim.numerics.allocator import keep_freed_memory
    from ....sim.training.advice import ALL
    from ....sim.training.fix_search import steps, tries

    gc.enable()
    keep_freed_memory()
    asked, seconds = question
    began = time.monotonic()
    send(steps(asked))
    for one in tries(asked, seconds, enough=ALL):  # each has a mark in the panel
        send(one)
    send(time.monotonic() - began < seconds)
