"""A snapshot of a training run, as charts and tables see it: nothing in it changes any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..numerics.arrays import Floats
from ..results.nonfinite import Nonfinite
from ..scenario.scenario import Scenario
from .clip_threshold import Suggestion
from .events import FailureEvent
from .verdict import RunVerdict


class Level(NamedTuple):
    """A line across a chart: its height, and the words before it in the legend."""

    value: float
    words: str


@dataclass(frozen=True, eq=False)
class RunSnapshot:
    """The first updates of a run, at least one: `numbers` (updates,) and `layers` (updates, depth).

    `constant_loss` is the loss of the best output that does not look at its input.
    """

    scenario: Scenario
    numbers: Mapping[str, Floats]
    layers: Mapping[str, Floats]
    update_ratio: Floats
    verdict: RunVerdict
    first_nonfinite: Nonfinite | None = None
    failure_events: tuple[FailureEvent, ...] = ()
    advice: Suggestion | None = None
    symptoms: tuple[str, ...] = ()
    constant_loss: float | None = None

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
