"""A process that is asked one question on its input and answers on its output; who asks is tui/workers/child.py."""

import gc
import os
import pickle
import sys
import threading
from collections.abc import Callable
from typing import Any

Send = Callable[[object], None]


def answer(work: Callable[[Any, Send], None]) -> None:
    """Read the question, let `work(question, send)` send answers, and end; silent should it fail."""
    from multiprocessing.connection import Connection

    gc.disable()  # what is imported stays
    answers = Connection(os.dup(1), readable=False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else may be printed
    question = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_input, daemon=True).start()
    work(question, answers.send)
    os._exit(0)  # at once


def _end_with_input() -> None:
    """Who asked is no more once the input has ended."""
    os.read(0, 1)
    os._exit(0)
