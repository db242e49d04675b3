"""Executor on several processes of this machine; one that dies costs only its current points."""

import multiprocessing
import pickle
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any

from ...errors import UserError
from ...training.deadline import Check
from ..batches import Batches
from ..memory import Need, refuse_if_too_large
from ..point import Point, failed
from ..sweep import Sweep
from . import NumberedPoints, Resources
from .worker import begin, deaf_children, need, ready, work

PAUSE = 0.1  # seconds between two calls of `check`
DEATHS = 2  # of its process, after which a point counts as failed
FALSE_STARTS = 5  # pools in a row that break before they have begun
NO_START = ("the worker processes end before they begin; --jobs 1 does without them (in a script of your own: call it "
            "below if __name__ == '__main__')")  # fmt: skip
KILLED = "its process was killed or crashed, twice; perhaps the memory was too small"


def run(sweep: Sweep, batches: Batches, resources: Resources, check: Check) -> Iterator[NumberedPoints]:
    """Yield each batch's points as they come in.

    When a process dies, all points in work are computed again one by one, as any may be to blame; a
    point that ends its process DEATHS times alone counts as failed.
    """
    crew = _Crew(sweep, min(resources.jobs, len(batches)))
    suspects, deaths = deque[int](), Counter[int]()
    try:
        refuse_if_too_large(sweep, crew.jobs, crew.need(check))
        while batches or suspects or crew.busy:
            check()
            if suspects and not crew.busy:
                crew.submit((suspects[0],))
            while batches and not suspects and crew.idle:
                crew.submit(batches.take())
            points_made, lost = crew.collect(batches)
            if suspects and [number for number, _ in points_made] == [suspects[0]]:
                suspects.popleft()
            elif suspects and lost == [suspects[0]]:
                deaths[lost[0]] += 1
                if deaths[lost[0]] == DEATHS:
                    points_made.append((suspects.popleft(), failed(KILLED)))
            else:
                suspects.extend(lost)
            if points_made:
                yield points_made
    finally:
        crew.end()


class _Crew:
    """A pool of processes that work on batches; when one dies, the whole pool is replaced."""

    def __init__(self, sweep: Sweep, jobs: int):
        self.jobs, self._packed, self._false_starts = jobs, pickle.dumps(replace(sweep)), 0
        self._at_work: dict[Future[tuple[list[Point], float]], tuple[int, ...]] = {}
        self._start()

    @property
    def busy(self) -> bool:
        return bool(self._at_work)

    @property
    def idle(self) -> bool:
        """Whether to submit one more batch: each process has one in work and one in stock."""
        return len(self._at_work) < 2 * self.jobs

    def need(self, check: Check) -> Need | None:
        """The memory need of the largest point; None if the worker died."""
        while not wait([self._began], PAUSE).done:
            check()
        return None if self._began.exception() else self._began.result()

    def submit(self, numbers: tuple[int, ...]) -> None:
        """Submit a batch; it counts as lost if the pool is breaking."""
        try:
            with deaf_children():
                future = self._pool.submit(work, self._packed, numbers)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        self._at_work[future] = numbers

    def collect(self, batches: Batches) -> tuple[NumberedPoints, list[int]]:
        """The points that come in within PAUSE, and the numbers of those lost with a process."""
        done, _ = wait(self._at_work, PAUSE, FIRST_COMPLETED)
        points_made: NumberedPoints = []
        broken = any(isinstance(future.exception(), BrokenProcessPool) for future in done)
        lost: list[int] = []
        for future in wait(self._at_work).done if broken else done:
            numbers = self._at_work.pop(future)
            if isinstance(future.exception(), BrokenProcessPool):
                lost.extend(numbers)
                continue
            points, seconds = future.result()
            batches.took(len(numbers), seconds)
            points_made += zip(numbers, points, strict=True)
        if broken:
            self._again()
        return points_made, lost

    def end(self) -> None:
        """Kill all worker processes."""
        self._lifeline.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        inherited, self._lifeline = multiprocessing.Pipe(duplex=False)
        spawn: Any = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self.jobs, spawn, begin, (inherited,))
        with deaf_children():
            self._began = self._pool.submit(need, self._packed)
            for _ in range(self.jobs - 1):  # a pool starts a process for each job
                self._pool.submit(ready)

    def _again(self) -> None:
        started = self._began.done() and self._began.exception() is None
        self._false_starts = 0 if started else self._false_starts + 1
        self.end()
        if self._false_starts == FALSE_STARTS:
            raise UserError([NO_START])
        self._start()
