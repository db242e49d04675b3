"""Ctrl+C in the middle of an update, at whatever line of the simulator."""

import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from gradsim.sim.training.run import Run

RECORDING = 150  # lines at most that recording an update takes besides making it


def interrupt(run: Run, share: float) -> None:
    """Begin an update, and break it off where a share of its lines have been run."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1

    def stop() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            sys.settrace(None)
            raise KeyboardInterrupt

    run._make(len(run), None, False)  # made and not recorded
    with each_line(count):
        run._make(len(run), None, False)  # goes back first, as the next will
    left = int(share * (seen + RECORDING))
    with each_line(stop):
        try:
            run.advance()
        except KeyboardInterrupt:
            return


@contextmanager
def each_line(action: Callable[[], None], files: str = "/sim/") -> Iterator[None]:
    """Within, do something before every line of the simulator at which Python looks for signals.

    It does not between a block's last line and its `__exit__`, which tracing calls one more line, that of the `with`.
    """

    def follow(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if files not in file:
            return None
        if event == "line" and not linecache.getline(file, frame.f_lineno).lstrip().startswith("with "):
            action()
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        yield
    finally:
        sys.settrace(before)
