"""What a training run has recorded so far, as charts and tables see it: nothing in it changes any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..numerics.arrays import Floats
from .clip_threshold import Advice, suggested_threshold

if TYPE_CHECKING:
    from ..results.nonfinite import Nonfinite
    from ..scenario.scenario import Scenario
    from .events import FailureEvent
    from .run import Run
    from .verdict import RunVerdict

ENOUGH = 10  # norms from which a threshold can be told


class Level(NamedTuple):
    """A line across a chart: its height, and the words before it in the legend."""

    value: float
    words: str


@dataclass(frozen=True, eq=False)
class Record:
    """The first updates of a run, at least one: `numbers` (updates,) and `layers` (updates, depth)."""

    scenario: "Scenario"
    numbers: Mapping[str, Floats]
    layers: Mapping[str, Floats]
    update_ratio: Floats
    verdict: "RunVerdict"
    first_nonfinite: "Nonfinite | None" = None
    failure_events: "tuple[FailureEvent, ...]" = ()
    advice: Advice | None = None
    symptoms: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers["loss"])

    @property
    def clips(self) -> bool:
        """Whether gradients are clipped, where they are large enough."""
        return self.scenario.has_clip

    @property
    def fired(self) -> Floats:
        """Of how many updates up to each one the gradient was clipped (updates,)."""
        return np.asarray(np.cumsum(self.numbers["clipped"]))

    @property
    def broken(self) -> int | None:
        """The update of the first number that was not finite, None if all were."""
        return self.first_nonfinite.iteration if self.first_nonfinite else None


def record(run: "Run") -> Record:
    """What a run of at least one update has recorded by now; advice only where there are norms to go by."""
    history = run.history
    enough = len(run) >= ENOUGH and run.first_nonfinite is None
    advice = suggested_threshold(run.scenario, history) if enough else None
    return Record(run.scenario, history.numbers, history.layers, history.update_ratio, run.verdict,
                  run.first_nonfinite, run.failure_events, advice, run.symptoms)  # fmt: skip
