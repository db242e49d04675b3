"""A process of its own that answers one question, as one Python process uses one processor.

It ends with this one, however that ends, since it waits for the end of its own input.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Child:
    """Runs a Python program, which reads a question from its input and writes answers; see tui/cli/process/answer.py.

    Without a second process, or should it fail, there are no answers. A question of None starts none.
    """

    def __init__(self, program: str, question: object):
        self._process: subprocess.Popen[bytes] | None = None
        if question is None:
            return
        command = [sys.executable or "", "-P", "-c", program]
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            assert self._process.stdin is not None
            pickle.dump(question, self._process.stdin)
            self._process.stdin.flush()

    def answers(self, stopped: "Callable[[], bool]") -> "Generator[Any, None, None]":
        """What it answers, as it comes, until it has no more or that is stopped; then it ends."""
        from multiprocessing.connection import Connection

        if self._process is None:
            return
        try:
            assert self._process.stdout is not None
            with Connection(os.dup(self._process.stdout.fileno()), writable=False) as answers:
                while True:
                    while not answers.poll(0.05):
                        if stopped():
                            return
                    yield answers.recv()
        except Exception:  # it has ended, or said anything at all
            return
        finally:
            self.end()

    def end(self) -> None:
        """End it, if it has not ended yet."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)  # on a busy machine even its end takes time
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: "type[BaseException] | BaseException | TracebackType | None") -> None:
        self.end()
