"""The process that makes the first runs; what starts it and asks it is tui/ahead.py."""

import gc
import os
import pickle
import sys
import threading
from multiprocessing.connection import Connection

from ...sim.fixing import apply_fixes
from ..ahead import Request
from ..simulation import run_both
from .reading import chosen


def main() -> None:
    """Run what is asked on stdin, and send to stdout how far it is, then the traces; silent if there are none."""
    answers = Connection(os.dup(1), readable=False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else may be printed
    request: Request = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_input, daemon=True).start()
    scenario, _ = chosen(*request)
    fixed = apply_fixes(scenario, request.fixes) if request.fixes else None
    gc.enable()
    runs = run_both(scenario, fixed, (), lambda: False, answers.send)
    answers.send([trace for trace in (runs.baseline, runs.fixed) if trace is not None])
    os._exit(0)  # at once


def _end_with_input() -> None:
    """Who asked is no more once the input has ended."""
    os.read(0, 1)
    os._exit(0)

