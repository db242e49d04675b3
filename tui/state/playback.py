"""Where one looks in a training run, as frozen data with pure functions. Updates count from 0."""

from dataclasses import dataclass, replace

from ..charts.plot.training_picture import TrainingView
from ..charts.training_catalog import DEFAULT


@dataclass(frozen=True)
class Playback:
    """The update under the cursor, how far the runs are, and what the charts show.

    `made` is the number of updates of the longer run, `least` of the shorter one, `wanted` how many both are to
    have. While it is `playing` the cursor follows the newest; `whole` tells that the complete run was asked for.
    `view` is how quantities by layer are shown (None: each as it likes), `story` whether the panel is open that tells
    what broke and what cures it.
    """

    at: int = 0
    made: int = 0
    least: int = 0
    wanted: int = 0
    playing: bool = False
    whole: bool = False
    quantity: str = DEFAULT
    view: TrainingView | None = None
    story: bool = False

    @property
    def last(self) -> int:
        """The newest update, 0 if there is none."""
        return max(self.made - 1, 0)


def go(updates: Playback, update: int, iterations: int) -> Playback:
    """The cursor on an update, or on the nearest that the run will have; it is made if need be."""
    still = pause(updates) if updates.playing else updates
    at = min(max(update, 0), iterations - 1)
    return replace(still, at=at, wanted=max(still.wanted, at + 1))


def play(updates: Playback, iterations: int) -> Playback:
    """Make updates until the run is complete, the cursor on the newest."""
    return replace(updates, playing=True, whole=True, wanted=iterations, at=updates.last)


def stop(updates: Playback) -> Playback:
    """Make no more updates; the cursor goes to the newest as soon as it is known."""
    return replace(updates, whole=False, wanted=updates.least)


def pause(updates: Playback) -> Playback:
    """Make no more updates; the cursor on one that is there."""
    return replace(updates, playing=False, whole=False, wanted=updates.least, at=min(updates.at, updates.last))


def progressed(updates: Playback, made: int, least: int, done: bool) -> Playback:
    """After the longer run has `made` updates, and the shorter one `least`; `done` if no more are on their way."""
    at = max(made - 1, 0) if updates.playing else updates.at
    found = replace(updates, made=made, least=least, at=at)
    return replace(found, playing=False, wanted=max(least, at + 1)) if done else found


def again(updates: Playback, iterations: int) -> Playback:
    """After runs have become others: they are made up to where they were, or to the cursor."""
    if not updates.made:
        return updates
    at = min(updates.at, iterations - 1)
    wanted = iterations if updates.whole else min(max(updates.wanted, updates.made, at + 1), iterations)
    return replace(updates, at=at, wanted=wanted)
