"""Points in several processes of this machine; one that dies costs no more than the points it was at."""

import multiprocessing
import pickle
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any

from ...errors import UserError
from ..batches import Batches
from ..memory import Need, refuse_if_too_large
from ..point import Check, Point, failed
from ..sweep import Sweep
from . import Found, Resources
from .worker import begin, deaf_children, need, ready, work

PAUSE = 0.1  # seconds between two looks whether the end is wished
DEATHS = 2  # of its process, after which a point is given up
FALSE_STARTS = 5  # pools in a row that break before they have begun
NO_START = ("the worker processes end before they begin; --jobs 1 does without them (in a script of your own: call it "
            "below if __name__ == '__main__')")  # fmt: skip
KILLED = "its process was killed or crashed, twice; perhaps the memory was too small"


def run(sweep: Sweep, batches: Batches, resources: Resources, check: Check) -> Iterator[Found]:
    """What each batch has found, as it comes in.

    Who was to blame is not known when a process dies: all points that were being made are made again one by one, and a
    point that so ends its process again is given up.
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
    """Processes that work on batches; when one dies the others end too, and new ones take their place."""

    def __init__(self, sweep: Sweep, jobs: int):
        self.jobs, self._packed, self._false_starts = jobs, pickle.dumps(replace(sweep)), 0
        self._at_work: dict[Future[tuple[list[Point], float]], tuple[int, ...]] = {}
        self._start()

    @property
    def busy(self) -> bool:
        return bool(self._at_work)

    @property
    def idle(self) -> bool:
        """Whether there is room for one more batch: each process has one, and there is one more in stock for it."""
        return len(self._at_work) < 2 * self.jobs

    def need(self, check: Check) -> Need | None:
        """What the largest point needs; None if the process that was asked has died."""
        while not wait([self._began], PAUSE).done:
            check()
        return None if self._began.exception() else self._began.result()

    def submit(self, numbers: tuple[int, ...]) -> None:
        """Hand a batch out; of a pool that is just breaking it counts as lost."""
        try:
            with deaf_children():
                future = self._pool.submit(work, self._packed, numbers)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        self._at_work[future] = numbers

    def collect(self, batches: Batches) -> tuple[Found, list[int]]:
        """What has come in by now or within PAUSE, and which points were lost with a process."""
        done, _ = wait(self._at_work, PAUSE, FIRST_COMPLETED)
        points_made: Found = []
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
        """End all processes at once, whatever they are at."""
        self._lifeline.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        kept, self._lifeline = multiprocessing.Pipe(duplex=False)
        spawn: Any = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self.jobs, spawn, begin, (kept,))
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
