"""A snapshot of a training run for charts and tables, which does not change while the run goes on."""

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
        """Whether the scenario clips gradients."""
        return self.scenario.has_clip

    @property
    def fired(self) -> Floats:
        """The number of updates with a clipped gradient, up to and with each update (updates,)."""
        return np.asarray(np.cumsum(self.numbers["clipped"]))

    @property
    def broken(self) -> int | None:
        """The update (from 0) of the first inf or NaN; None if there is none."""
        return self.first_nonfinite.iteration if self.first_nonfinite else None
