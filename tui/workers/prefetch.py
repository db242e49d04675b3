"""The first runs, made by a process of their own while this one is still importing its screens.

Both have much to do before the first chart, this one to show it and that one to compute it, and one Python process
uses one processor. Without a second process, or should it fail, the interface computes by itself.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from ...sim.numerics.threads import bound, threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...sim.results.trace import Trace

PROGRAM = "from gradsim.tui.cli.process.prefetch import main; main()"


class Request(NamedTuple):
    """What is to be run, in the words of the command line, and on how many threads if that is bounded."""

    name: str
    fixes: tuple[str, ...]
    changes: tuple[str, ...]
    seed: str | None
    threads: int | None = None


class Ahead:
    """The process; it ends with this one, however that ends, since it waits for the end of its own input."""

    def __init__(self, request: Request | None):
        self._process: subprocess.Popen[bytes] | None = None
        if request is None or threads() < 2:
            return
        if (most := bound()) is not None:
            request = request._replace(threads=most - 1)  # this process has the other one
        command = [sys.executable or "", "-P", "-c", PROGRAM]
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            assert self._process.stdin is not None
            pickle.dump(request, self._process.stdin)
            self._process.stdin.flush()

    def traces(self, stopped: "Callable[[], bool]", tell: "Callable[[str], None]") -> "tuple[Trace, ...]":
        """What it has computed, and then it ends; waits for it, empty if it fails or the wait is stopped."""
        from multiprocessing.connection import Connection

        if self._process is None:
            return ()
        try:
            assert self._process.stdout is not None
            with Connection(os.dup(self._process.stdout.fileno()), writable=False) as answers:
                while True:
                    while not answers.poll(0.05):
                        if stopped():
                            return ()
                    answer = answers.recv()
                    if not isinstance(answer, str):
                        return tuple(answer)
                    tell(answer)
        except Exception:  # it has died, or said anything at all
            return ()
        finally:
            self.end()

    def end(self) -> None:
        """End it, if it has not ended yet."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: "type[BaseException] | BaseException | TracebackType | None") -> None:
        self.end()
