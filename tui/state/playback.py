"""Playback state of a training run: cursor, progress, chart. Frozen data with pure functions; updates count from 0."""

from dataclasses import dataclass, replace

from ..charts.plot.training_picture import TrainingView
from ..charts.training_catalog import DEFAULT


@dataclass(frozen=True)
class Playback:
    """The update under the cursor, how many are completed, and what the charts show.

    `completed` is the number of updates of the longer run, `completed_by_both` of the shorter one, `target` how many
    both are to have. While it is `playing` the cursor follows the newest; `whole` tells that the complete run was asked
    for. `view` is how quantities by layer are shown (None: each as it likes), `failure_panel` whether the panel is open
    that tells what broke and what cures it.
    """

    cursor: int = 0
    completed: int = 0
    completed_by_both: int = 0
    target: int = 0
    playing: bool = False
    whole: bool = False
    quantity: str = DEFAULT
    view: TrainingView | None = None
    failure_panel: bool = False

    @property
    def last(self) -> int:
        """The newest update, 0 if there is none."""
        return max(self.completed - 1, 0)


def seek(playback: Playback, update: int, iterations: int) -> Playback:
    """The cursor on an update, or on the nearest that the run will have; it is made if need be."""
    still = pause(playback) if playback.playing else playback
    cursor = min(max(update, 0), iterations - 1)
    return replace(still, cursor=cursor, target=max(still.target, cursor + 1))


def seek_failure(playback: Playback, update: int, iterations: int) -> Playback:
    """The cursor on the update in which a run broke, and the panel open that tells of it."""
    return replace(seek(playback, update, iterations), failure_panel=True)


def play(playback: Playback, iterations: int) -> Playback:
    """Make updates until the run is complete, the cursor on the newest."""
    return replace(playback, playing=True, whole=True, target=iterations, cursor=playback.last)


def stop(playback: Playback) -> Playback:
    """Make no more updates; the cursor goes to the newest as soon as it is known."""
    return replace(playback, whole=False, target=playback.completed_by_both)


def pause(playback: Playback) -> Playback:
    """Make no more updates; the cursor on one that is there."""
    return replace(stop(playback), playing=False, cursor=min(playback.cursor, playback.last))


def progressed(playback: Playback, completed: int, completed_by_both: int, done: bool) -> Playback:
    """After the runs have completed so many updates; `done` if no more are on their way."""
    cursor = max(completed - 1, 0) if playback.playing else playback.cursor
    moved = replace(playback, completed=completed, completed_by_both=completed_by_both, cursor=cursor)
    return replace(moved, playing=False, target=max(completed_by_both, cursor + 1)) if done else moved


def replan(playback: Playback, iterations: int) -> Playback:
    """The target after the runs have become others: where they were, or the cursor."""
    if not playback.completed:
        return playback
    cursor = min(playback.cursor, iterations - 1)
    target = iterations if playback.whole else min(max(playback.target, playback.completed, cursor + 1), iterations)
    return replace(playback, cursor=cursor, target=target)
