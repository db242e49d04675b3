"""Ctrl+C in the middle of an update, at whatever line of the simulator."""

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
    with _each_line(count):
        run._make(len(run), None, False)  # goes back first, as the next will
    left = int(share * (seen + RECORDING))
    with _each_line(stop):
        try:
            run.advance()
        except KeyboardInterrupt:
            return


@contextmanager
def _each_line(action: Callable[[], None]) -> Iterator[None]:
    """Within, do something before every line of the simulator."""

    def follow(frame: FrameType, event: str, _: Any) -> Any:
        if "/sim/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            action()
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        yield
    finally:
        sys.settrace(before)
