"""Measures one block on a second thread while the next block computes, where there is such a thread."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType

from ..numerics.blas import while_computing
from ..numerics.matmul import Job
from ..numerics.threads import threads


class OverlapWorker:
    """Runs jobs in order, at most one at a time in the background; an exception of a job is raised by the next call."""

    def __init__(self) -> None:
        self._last: Future[None] | None = None

    def do(self, job: Job, overlapped: bool) -> None:
        """Run a job: on the second thread if `overlapped`, which asks that the caller writes nothing that it reads."""
        self.wait()
        if overlapped and threads() > 1:
            self._last = _thread().submit(copy_context().run, job)
        else:
            job()

    def wait(self) -> None:
        """Wait for the last job."""
        if self._last is not None:
            try:
                self._last.result()
            finally:  # an interrupt may come before the job has ended
                self._last = None if self._last.done() else self._last

    def __enter__(self) -> "OverlapWorker":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.wait()
        elif self._last is not None:
            self._last.exception()  # wait, so that no job still writes; the caller's own error is raised


@while_computing
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)
