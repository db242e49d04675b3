"""What became of a training run, in one word and one plain sentence.

The word is a function of the history alone. It is looked at anew at every eighth of an octave of updates, and another
one takes its place once two looks in a row agree on it, so that noise does not make it come and go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.batches import load_samples
from ..data.constant_loss import best_constant_loss
from ..data.probe import is_probe
from ..data.samples import Samples
from ..numerics.arrays import Floats
from ..numerics.trend import block_medians, mann_kendall, median_error, theil_sen
from ..results.trace import Verdict
from ..scenario.rules import narrow
from ..scenario.scenario import Scenario
from ..scenario.schema import Outcome
from ..text import format_number, percent
from .history import History

STALLED = 0.95  # of the loss of the best constant output, down to which nothing but that was learnt
DIVERGED = 2.0  # times the loss at the start, or that of a constant output
APART = 1.5  # factor from which a last loss and the median told of it would seem to contradict each other
TAIL = 10  # updates whose median is told as the loss at the end; of a short run its second half
SURE = 2.0  # standard errors of a median, by which it must be below what counts as learning, or above to lose it
ENOUGH, PATIENT = (
    20,
    50,
)  # updates before any word: their recent half has the 10 that a trend test needs; and for stalled
LOOKS = 8  # of an octave of updates
FALLS, STILL = 2.33, 1.0  # scores of a trend: from which it falls (p < 0.01), and down to which it still does
MUCH, SOME = 0.03, 0.015  # of the loss: a fall over as many updates as the recent half has, to begin with and to go on
LOST = 0.1  # of the updates, from which on it is worth a word that rounding made them nothing
WENT_WRONG = ("nonfinite", "diverging")  # verdicts of a run that was better before
BEGAN = {"vanishing": "vanished", "exploding": "exploded", "dead": "was dead"}
FRESH = 4096  # fresh samples for the loss of a constant output, which then is right to 2%
MOST = 2**20  # numbers of input to make for it


@dataclass(frozen=True, repr=False)
class RunVerdict:
    """The state of a run in one word, the losses it began and ended with, and one sentence of why."""

    kind: Outcome
    first_loss: float
    last_loss: float
    why: str

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.why}>"


class Look(NamedTuple):
    """What the losses up to an update tell.

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


def judge_run(history: History, constant_predictor_loss: float, iterations: int = 0, *, notes: Sequence[str] = (),
              looks: dict[int, Look] | None = None) -> RunVerdict:  # fmt: skip
    """The verdict over all updates so far, at least one; `constant_predictor_loss` is the loss of the best constant
    output.

    What it began with is the loss before the first update: a few updates later it may have blown up already.
    `iterations` is how many updates there are to be, where more may follow; `notes` end the sentence. `looks` keeps
    what earlier calls on the same history have worked out, by the number of updates.
    """
    with np.errstate(all="ignore"):  # of losses that are inf or near it
        found = _judge(history, constant_predictor_loss, iterations, {} if looks is None else looks)
        return replace(found, why="; ".join([found.why, *notes]))


def notes_beside(scenario: Scenario, history: History, began: Verdict) -> Iterator[str]:
    """What else is to be known of a run: the gradient it began with, and updates that a narrow format lost."""
    if began.kind in BEGAN:
        known = began.kind != "dead" and not np.isnan(began.ratio)  # 0/0 where not even the last layer has a gradient
        size = f" (R {format_number(began.ratio)})" if known else ""
        yield f"at update 0 the gradient {BEGAN[began.kind]}{size}"
    if loses_updates(scenario, history):
        yield f"rounding made {percent(_lost(history))} of the updates nothing"


def loses_updates(scenario: Scenario, history: History) -> bool:
    """Whether a narrow format makes nothing of many updates; in float32 those are lost that were next to nothing."""
    return narrow(scenario.precision.format) and _lost(history) > LOST


def _lost(history: History) -> float:
    """The mean share of the parameters' updates that rounding made nothing; 0 where it is not known."""
    lost = history.numbers["lost_updates"]
    return 0.0 if np.isnan(lost).all() else float(np.nanmean(lost))


def _judge(history: History, constant_predictor_loss: float, iterations: int, looks: dict[int, Look]) -> RunVerdict:
    loss, lost = history.numbers["loss"], history.numbers["bad_parameters"] > 0
    tail = loss[-min(TAIL, max(len(loss) // 2, 1)) :]
    first, last = float(loss[0]), float(np.median(tail))
    if lost[-1] or 2 * np.isfinite(tail).sum() < len(tail):
        broken = int(np.flatnonzero(~np.isfinite(loss) | lost)[0])
        ended = "NaN" if np.isnan(loss[-1]) else format_number(float(loss[-1]))
        went = f"went from {format_number(first)} to {ended}" if np.isfinite(first) else f"was {ended} from the start"
        return RunVerdict("nonfinite", first, last, f"the loss {went}; it broke at update {broken}")
    apart = len(tail) > 1 and not last / APART <= loss[-1] <= last * APART
    fell = _course(first, last, len(loss), iterations, len(tail) if apart else 0)
    if not np.isfinite(constant_predictor_loss):
        return RunVerdict("undecided", first, last, f"{fell}; a probe has no target, so there is nothing to learn")
    if constant_predictor_loss == 0 and last == 0:
        told = "; the constant-prediction baseline is 0 too: there is no more to learn"
        return RunVerdict("learning", first, last, f"{fell}{told}")
    kind, look = _word(loss, constant_predictor_loss or first, iterations, looks)
    told = (
        _unclear(look, len(loss) < iterations)
        if kind == "undecided"
        else _compared(kind, first, last, constant_predictor_loss)
    )
    return RunVerdict(kind, first, last, f"{fell}{told}")


def _course(first: float, last: float, made: int, iterations: int, median_of: int = 0) -> str:
    """How the loss went, and how far a run is that may go on; `median_of` how many losses the last is, if told."""
    if made == 1:
        return f"the loss is {format_number(first)} before the first update"
    of = f" (median of the last {median_of})" if median_of else ""
    if made < iterations:
        return (
            f"so far the loss went from {format_number(first)} to {format_number(last)}{of} in {made} of "
            f"{iterations} updates"
        )
    return f"the loss went from {format_number(first)} to {format_number(last)}{of} in {made} updates"


def _compared(kind: Outcome, first: float, last: float, constant_predictor_loss: float) -> str:
    """The loss beside that of a constant output, or, if that is 0, beside what it began with."""
    if kind == "diverging":
        return ": it grows instead of falling"
    if kind == "stalled":
        return f"; the constant-prediction baseline is {format_number(constant_predictor_loss)}"
    if constant_predictor_loss == 0:
        return f", {percent(last / first)} of what it began with; the constant-prediction baseline is 0"
    return f", {percent(last / constant_predictor_loss)} of the constant-prediction baseline"


def _unclear(look: Look | None, goes_on: bool) -> str:
    """Why there is no other word."""
    if look is not None and abs(look.score) > STILL:
        return f": it {'still ' if goes_on else ''}{'falls' if look.score < 0 else 'rises'}"
    return ": too early to say more" if goes_on else ": too few updates to say more"


def _word(
    loss: Floats, constant_predictor_loss: float, iterations: int, looks: dict[int, Look]
) -> tuple[Outcome, Look | None]:
    """The word after all looks, and the newest of them: two in a row change it, or one to learning."""
    top = (
        DIVERGED * float(np.fmax(loss[0], constant_predictor_loss))
        if np.isfinite(loss[0])
        else DIVERGED * constant_predictor_loss
    )
    word: Outcome = "undecided"
    other: Outcome = "undecided"
    look = None
    for made in _looks(len(loss), iterations):
        look = looks[made] = looks.get(made) or _look(loss[:made])
        found = _step(word, look, made, constant_predictor_loss, top)
        if found in (other, "learning"):
            word = found
        other = found
    return word, look


def _looks(made: int, iterations: int) -> Iterator[int]:
    """The numbers of updates at which to look, up to those that are made; the end of a run is one."""
    at = ENOUGH
    while at <= made:
        yield at
        at += max(2 ** (at.bit_length() - 1) // LOOKS, 1)
    if made == iterations >= ENOUGH:
        yield made


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


def _step(word: Outcome, look: Look, made: int, constant_predictor_loss: float, top: float) -> Outcome:
    """What a look says after the word so far, which it takes more to leave than to keep."""
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
    return "stalled" if made >= PATIENT else "undecided"


def _matters(look: Look, much: float, top: float) -> bool:
    """Whether a trend goes anywhere: down by a share of the loss, or up to what counts as diverging."""
    if look.score < 0:
        return look.fall > much
    return look.level <= top < look.level * (1 - 2 * look.fall)


def constant_loss(scenario: Scenario, samples: Samples) -> float:
    """The loss of the best output that does not look at its input; nan for the probe, which has no target."""
    if is_probe(scenario):
        return float("nan")
    return best_constant_loss(scenario.loss.name, targets_of(scenario, samples), scenario.loss.at == "every")


def targets_of(scenario: Scenario, samples: Samples) -> NDArray[Any]:
    """Those of all samples; of a task that makes fresh ones, of enough batches to know what is usual."""
    if scenario.data.file is not None or not scenario.task.entry.metadata.get("FRESH"):
        return samples.target
    batches = min(FRESH // len(samples.input), MOST // samples.input.size)
    return np.concatenate([samples.target, *(load_samples(scenario, i).target for i in range(1, batches))])
