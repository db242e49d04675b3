"""Executor on the workers of a Dask cluster (distributed.dask.org), which survives dead workers."""

import logging
import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ...errors import Problem, UserError
from ...numerics.threads import threads
from ...training.deadline import Check
from ..batches import Batches
from ..point import failed
from ..sweep import Sweep
from . import NumberedPoints, Resources
from .worker import deaf_children, work

LOCAL = "local"
OPTION = "--dask"
PAUSE = 0.1  # seconds between two calls of `check`
ANSWERS = 20  # seconds that a scheduler may take to answer
STOCK = 2  # batches for each thread of the workers, so that none waits for the next
KILLED = "its Dask worker was killed or crashed, several times; perhaps the memory was too small"


def run(sweep: Sweep, batches: Batches, resources: Resources, check: Check) -> Iterator[NumberedPoints]:
    """Yield each batch's points as they come in."""
    distributed = _distributed()
    with ExitStack() as stack:
        client = _client(distributed, resources, stack)
        stack.enter_context(client.as_current())
        packed, at_work = pickle.dumps(replace(sweep)), dict[Any, tuple[int, ...]]()
        stack.callback(lambda: client.cancel(list(at_work)))
        again: list[tuple[int, ...]] = []
        while batches or again or at_work:
            check()
            batches.workers = max(1, sum(client.nthreads().values()))
            while (batches or again) and len(at_work) < STOCK * batches.workers:
                numbers = again.pop() if again else batches.take()
                at_work[client.submit(work, packed, numbers, pure=False)] = numbers
            points_made: NumberedPoints = []
            for future in _done(distributed, at_work):
                numbers = at_work.pop(future)
                if future.status == "finished":
                    points, seconds = future.result()
                    batches.took(len(numbers), seconds)
                    points_made += zip(numbers, points, strict=True)
                elif future.status == "error" and not isinstance(future.exception(), distributed.KilledWorker):
                    raise UserError([Problem("", _of_workers(future.exception()), OPTION)])
                elif future.status == "error" and len(numbers) == 1:
                    points_made.append((numbers[0], failed(KILLED)))
                else:  # one of them has killed the worker, or the scheduler has lost them
                    again += [(number,) for number in numbers]
            if points_made:
                yield points_made


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        message = "needs Dask distributed, which is not installed: pip install 'gradsim[dask]'"
        raise UserError([Problem("", message, OPTION)]) from None
    return distributed


def _client(distributed: Any, resources: Resources, stack: ExitStack) -> Any:
    """A client of the scheduler that answers at the address, or of a new one with processes of this machine."""
    address: Any = resources.dask
    with deaf_children():
        if address == LOCAL:
            jobs = resources.jobs if resources.jobs > 1 else threads()
            address = stack.enter_context(distributed.LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None,
                silence_logs=logging.CRITICAL))  # fmt: skip
        try:
            return stack.enter_context(distributed.Client(address, timeout=ANSWERS, set_as_default=False))
        except (OSError, ValueError) as error:  # TimeoutError, a name that is no address
            message = f"no Dask scheduler answers there ({error}); start one, or give {LOCAL}"
            raise UserError([Problem(resources.dask, message, OPTION)]) from None


def _done(distributed: Any, at_work: dict[Any, tuple[int, ...]]) -> list[Any]:
    """The futures that are done now or within PAUSE."""
    try:
        distributed.wait(list(at_work), timeout=PAUSE, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return []
    return [future for future in at_work if future.status != "pending"]


def _of_workers(error: BaseException) -> str:
    """The message for an error of a worker itself; errors of points are reasons of those points."""
    return f"the workers can't run gradsim, of which they need the same version: {type(error).__name__}: {error}"[:400]
