"""Points in batches: large enough that handing them out costs little, small enough that little is lost with one."""

from collections import deque
from collections.abc import Iterable

SECONDS = 0.5  # of a batch: handing one out takes about a millisecond
OVERHEAD = 0.05  # of the time, at most, that may go into writing what a batch has found
LONGEST = 60.0  # seconds of a batch
LAST = 3  # batches for each worker that the rest is worth, so that all end at about the same time


class Batches:
    """The points that are still to be made, taken in batches whose size follows from how long they took."""

    def __init__(self, numbers: Iterable[int], workers: int = 1):
        self._left = deque(numbers)
        self.workers, self._a_point, self._seconds = workers, 0.0, SECONDS

    def __len__(self) -> int:
        return len(self._left)

    def take(self) -> tuple[int, ...]:
        """The next batch; of one point as long as nothing is known of how long a point takes."""
        fits = int(self._seconds / self._a_point) if self._a_point else 1
        fair = -(-len(self._left) // (LAST * self.workers))
        return tuple(self._left.popleft() for _ in range(max(1, min(fits, fair, len(self._left)))))

    def took(self, points: int, seconds: float) -> None:
        """A batch is done: points take about as long as the latest ones."""
        each = max(seconds, 1e-6) / points
        self._a_point = (self._a_point + each) / 2 if self._a_point else each

    def written(self, seconds: float) -> None:
        """What was found is written, which takes so long each time: batches must be worth it."""
        self._seconds = min(max(SECONDS, seconds / OVERHEAD), LONGEST)
