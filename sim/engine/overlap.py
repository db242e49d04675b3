"""Measures blocks on a second thread while the next ones compute, where there is such a thread."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import NamedTuple

from ..network.budget import BEHIND
from ..numerics.blas import while_computing
from ..numerics.threads import threads
from ..results.record import Measurements

Job = Callable[[], Measurements]
Note = Callable[[Measurements], None]


class _Pending(NamedTuple):
    job: Job
    future: Future[Measurements]
    note: Note


class OverlapWorker:
    """Runs jobs on a second thread, and hands their results on in order, on the caller's thread.

    At most BEHIND jobs wait or run; instead of waiting for them, the caller's thread runs the newest itself. An
    exception of a job is raised by a later call.
    """

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()

    def do(self, job: Job, note: Note, overlapped: bool) -> None:
        """Run a job, and then `note` with its result: while the caller goes on if `overlapped`, else at once.

        An overlapped job must read nothing that the caller writes.
        """
        if overlapped and threads() > 1:
            self.wait(BEHIND - 1)
            self._pending.append(_Pending(job, _thread().submit(copy_context().run, job), note))
        else:
            self.wait()
            note(job())

    def wait(self, most: int = 0) -> None:
        """Wait until at most so many jobs are left."""
        while len(self._pending) > most:
            newest, oldest = self._pending[-1], self._pending[0]
            if not oldest.future.done() and newest.future.cancel():
                future = Future[Measurements]()
                future.set_result(newest.job())
                self._pending[-1] = newest._replace(future=future)
            result = self._pending[0].future.result()
            self._pending.popleft()
            oldest.note(result)

    def __enter__(self) -> "OverlapWorker":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            for _, future, _ in self._pending:  # no job may still write; the caller's own error is raised
                if not future.cancel():
                    future.exception()


@while_computing
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)
