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
from ..results.measurements import Measurements

Job = Callable[[], Measurements]
Note = Callable[[Measurements], None]


class _Pending(NamedTuple):
    job: Job
    future: Future[Measurements]
    note: Note


class OverlapWorker:
    """Does jobs on a second thread, the newest itself instead of waiting for them, and notes the results in order.

    What a job raises, a later call raises.
    """

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()

    def do(self, job: Job, note: Note, overlapped: bool) -> None:
        """Do a job while the caller goes on, if it writes nothing that the job reads (`overlapped`); else at once."""
        if overlapped and threads() > 1:
            self.wait(BEHIND - 1)
            self._pending.append(_Pending(job, _thread().submit(copy_context().run, job), note))
        else:
            self.wait()
            note(job())

    def wait(self, most: int = 0) -> None:
        """Until at most so many are left."""
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
            for _, future, _ in self._pending:  # nobody must write any more; the caller's own error counts
                if not future.cancel():
                    future.exception()


@while_computing
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)
