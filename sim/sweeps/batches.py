"""Batches of points, whose size follows from measured times: little overhead, and little lost with one."""

from collections import deque
from collections.abc import Iterable

SECONDS = 0.5  # of a batch: handing one out takes about a millisecond
OVERHEAD = 0.05  # of the time, at most, that may go into writing the results of a batch
LONGEST = 60.0  # seconds of a batch
LAST = 3  # batches for each worker in which the remaining points are taken at least, so that all end together


class Batches:
    """The remaining points, taken in batches whose size follows from measured times."""

    def __init__(self, numbers: Iterable[int], workers: int = 1):
        self._left = deque(numbers)
        self.workers, self._a_point, self._seconds = workers, 0.0, SECONDS

    def __len__(self) -> int:
        return len(self._left)

    def take(self) -> tuple[int, ...]:
        """The next batch; one point until the time of a point is known."""
        fits = int(self._seconds / self._a_point) if self._a_point else 1
        fair = -(-len(self._left) // (LAST * self.workers))
        return tuple(self._left.popleft() for _ in range(max(1, min(fits, fair, len(self._left)))))

    def took(self, points: int, seconds: float) -> None:
        """Note the time of a finished batch."""
        each = max(seconds, 1e-6) / points
        self._a_point = (self._a_point + each) / 2 if self._a_point else each

    def written(self, seconds: float) -> None:
        """Note the time of writing results, which batches must outweigh."""
        self._seconds = min(max(SECONDS, seconds / OVERHEAD), LONGEST)
