"""The trend of a run's losses in a word: learning, stalled, diverging or undecided.

It is judged at every eighth of an octave of updates, and changes once two looks in a row agree, so that noise does not
make it come and go.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..numerics.arrays import Floats
from ..numerics.trend import block_medians, mann_kendall, median_error, theil_sen
from ..scenario.verdict_words import RunKind

STALLED = 0.95  # of the loss of the best constant output, down to which nothing but that was learnt
DIVERGED = 2.0  # times the loss at the start, or that of a constant output
SURE = 2.0  # standard errors of a median, by which it must be below what counts as learning, or above to lose it
ENOUGH = 20  # updates before any word: their recent half has the 10 that a trend test needs
PATIENT = 50  # and before it is stalled
LOOKS = 8  # of an octave of updates
FALLS, STILL = 2.33, 1.0  # scores of a trend: from which it falls (p < 0.01), and down to which it still does
MUCH, SOME = 0.03, 0.015  # of the loss: a fall over as many updates as the recent half has, to begin with and to go on


class Look(NamedTuple):
    """Statistics of the losses up to an update.

    `level` and its standard error are of the newest quarter, `lasting` and its error of the recent half; `score` is
    the trend of that half, and `fall` the share of the level that the loss loses in as many updates: by the slope of
    the half, and by no more than the newest two eighths allow, as a loss that settles has a slope behind it.
    """

    level: float
    error: float
    lasting: float
    lasting_error: float
    score: float
    fall: float


def divergence_bound(first_loss: float, constant_predictor_loss: float) -> float:
    """The loss above which a run diverges: DIVERGED times the first loss (if finite) or the constant output's."""
    return DIVERGED * float(np.fmax(first_loss if np.isfinite(first_loss) else 0.0, constant_predictor_loss))


def word_of(
    loss: Floats, constant_predictor_loss: float, iterations: int, looks: dict[int, Look]
) -> tuple[RunKind, Look | None]:
    """The word after all looks, and the newest look; two in a row change the word, or a single one to learning.

    `loss` is (updates,); `looks` caches earlier looks by the number of updates, and is filled here.
    """
    top = divergence_bound(float(loss[0]), constant_predictor_loss)
    word: RunKind = "undecided"
    other: RunKind = "undecided"
    look = None
    for updates in _looks(len(loss), iterations):
        look = looks[updates] = looks.get(updates) or _look(loss[:updates])
        newest = _step(word, look, updates, constant_predictor_loss, top)
        if newest in (other, "learning"):
            word = newest
        other = newest
    return word, look


def _looks(updates: int, iterations: int) -> Iterator[int]:
    """The numbers of updates at which to look, up to `updates`; the end of a run is one."""
    at = ENOUGH
    while at <= updates:
        yield at
        at += max(2 ** (at.bit_length() - 1) // LOOKS, 1)
    if updates == iterations >= ENOUGH:
        yield updates


def _look(loss: Floats) -> Look:
    half = np.where(np.isnan(loss), np.inf, loss)[len(loss) // 2 :]
    quarter = half[len(half) // 2 :]
    level, lasting, blocks = float(np.median(quarter)), float(np.median(half)), block_medians(half)
    score = mann_kendall(blocks)
    if not (np.isfinite(level) and level > 0):
        return Look(level, 0.0, lasting, 0.0, score, 0.0)
    fall = -theil_sen(blocks) * len(blocks)
    before, newest = np.array_split(quarter, 2)
    drop = float(np.median(before) - np.median(newest))
    most = 4 * (drop + SURE * float(np.hypot(median_error(before), median_error(newest))))  # the half has four eighths
    return Look(level, median_error(quarter), lasting, median_error(half), score, min(fall, most) / level)


def _step(word: RunKind, look: Look, updates: int, constant_predictor_loss: float, top: float) -> RunKind:
    """The word of one look; it takes more to leave the word so far than to confirm it."""
    bound, fades = STALLED * constant_predictor_loss, look.score < -FALLS
    if look.level + SURE * look.error < bound and (fades or look.lasting + SURE * look.lasting_error < bound):
        return "learning"  # below by chance it neither falls nor has been there for long
    if word == "learning" and look.level - SURE * look.error <= bound:
        return "learning"
    least, much = (STILL, SOME) if word == "undecided" else (FALLS, MUCH)
    if abs(look.score) > least and np.sign(look.score) != np.sign(look.fall) and _matters(look, much, top):
        return "undecided"
    if look.level > top:
        return "diverging"
    return "stalled" if updates >= PATIENT else "undecided"


def _matters(look: Look, much: float, top: float) -> bool:
    """Whether a trend is large enough: down by the share `much` of the loss, or up to what counts as diverging."""
    if look.score < 0:
        return look.fall > much
    return look.level <= top < look.level * (1 - 2 * look.fall)
