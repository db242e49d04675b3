"""Runs the application until it is left: the terminal guarded, an exit status, no thread left behind."""

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..sim.errors import printable
from ..sim.numerics.allocator import share_one_arena
from .app import INTERRUPTED, GradsimApp
from .state.newcomer import Newcomer
from .terminal.error_report import INTERNAL, internal_error
from .terminal.guard import LOST, guarded, is_lost
from .workers.prefetch import Ahead
from .workers.threads import NAME

if TYPE_CHECKING:
    from ..sim.training.run import Run
    from .startup import Read
    from .state.session import Session


def run_app(read: "Read", name: str = "", *, mouse: bool = True, fixes: Sequence[str] = (),
            ahead: Ahead | None = None, present: bool = False, against: "Read | None" = None) -> int:  # fmt: skip
    """Run the interface on what `read` gives until it is left; returns the exit status, raises what `read` raises.

    `ahead` may have the first runs; `against` reads another scenario that it is compared with.
    """

    def start() -> "tuple[Session, str]":
        from .startup import start

        gc.freeze()  # what was imported stays
        gc.enable()
        return start(read, fixes, against)

    return _run(GradsimApp(start=start, name=name, ahead=ahead, newcomer=Newcomer(), present=present), mouse)


def run_saved(run: "Run", *, mouse: bool = True, fixes: Sequence[str] = (), present: bool = False) -> int:
    """Run the interface on a saved run until it is left; returns the exit status."""
    from .startup import restart
    from .workers.runs import Trainings

    session, warning = restart(run, fixes)
    return _run(GradsimApp(session, warning, Trainings(run), present=present), mouse)


def _run(app: GradsimApp, mouse: bool) -> int:
    share_one_arena()  # before there are threads
    with _unhindered(), guarded(app.leave):
        result = app.run(mouse=mouse)
        status = result if result is not None else LOST if is_lost() else INTERNAL
    if app.ahead is not None:
        app.ahead.end()
    if app.failure is not None:
        raise app.failure
    if status not in (0, INTERRUPTED) and hasattr(app, "scene"):
        from .rescue import rescue

        _say(rescue(app.scene.now, app.main.trainings))
    if status == INTERNAL:
        _say(internal_error(app.broken or RuntimeError("the interface ended by itself")))
    _leave_threads(status)
    return status


def _say(text: str) -> None:
    if text:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"gradsim: {printable(text)}\n")
            sys.stderr.flush()


@contextlib.contextmanager
def _unhindered() -> Iterator[None]:
    """An error that comes of a lost terminal can be told to nobody, and must not leave a process."""
    try:
        yield
    except Exception:
        if is_lost():
            _leave_threads(LOST)
        raise


def _leave_threads(status: int) -> None:
    """A pass, a compilation or an import that is still going on must not hold up the end of the process.

    Nor must Textual's threads, which read and write on for ever if the terminal was lost while they were being ended.
    """
    lost, main = is_lost(), threading.main_thread()
    busy = [one for one in threading.enumerate() if one.name == NAME or (lost and one is not main and not one.daemon)]
    for thread in busy:
        thread.join(0.3)
    if any(thread.is_alive() for thread in busy):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
