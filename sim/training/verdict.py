"""The verdict of a training run, in one word (see loss_trend.py) and one plain sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..numerics.number_format import narrow
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import RunKind
from ..text import format_number, percent
from .history import History
from .loss_trend import STILL, Look, word_of

APART = 1.5  # factor between the last loss and the final median, from which on the sentence says that it is a median
TAIL = 10  # updates whose median is the final loss; of a short run its second half
LOST = 0.1  # share of lost updates above which the verdict says so
WENT_WRONG = ("nonfinite", "diverging")  # verdicts of a run that had a healthier state before
BEGAN = {"vanishing": "vanished", "exploding": "exploded", "dead": "was dead"}


@dataclass(frozen=True, repr=False)
class RunVerdict:
    """The verdict in one word, the first and the final loss, and one sentence of why."""

    kind: RunKind
    first_loss: float
    last_loss: float
    why: str

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.why}>"


def judge_run(history: History, constant_predictor_loss: float, iterations: int = 0, *, notes: Sequence[str] = (),
              looks: dict[int, Look] | None = None) -> RunVerdict:  # fmt: skip
    """The verdict over all updates so far, at least one.

    `constant_predictor_loss` is the loss of the best constant output, nan of a probe; `iterations` the number of
    updates of the whole run, if more may follow; `notes` end the sentence; `looks` is a cache, see `word_of`.
    """
    with np.errstate(all="ignore"):  # of losses that are inf or near it
        verdict = _judge(history, constant_predictor_loss, iterations, {} if looks is None else looks)
        return replace(verdict, why="; ".join([verdict.why, *notes]))


def notes_beside(scenario: Scenario, history: History, began: Verdict) -> Iterator[str]:
    """Notes for the verdict: a vanishing, exploding or dead gradient at update 0, and updates lost to rounding."""
    if began.kind in BEGAN:
        known = began.kind != "dead" and not np.isnan(began.ratio)  # 0/0 where not even the last layer has a gradient
        size = f" (R {format_number(began.ratio)})" if known else ""
        yield f"at update 0 the gradient {BEGAN[began.kind]}{size}"
    if loses_updates(scenario, history):
        yield f"rounding made {percent(_lost(history))} of the updates nothing"


def loses_updates(scenario: Scenario, history: History) -> bool:
    """Whether a narrow format loses more than LOST of the updates; those that float32 loses are negligible."""
    return narrow(scenario.precision.format) and _lost(history) > LOST


def _lost(history: History) -> float:
    """The mean share of the parameters' updates lost to rounding; 0 if unknown."""
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
        ending = "; the constant-prediction baseline is 0 too: there is no more to learn"
        return RunVerdict("learning", first, last, f"{fell}{ending}")
    kind, look = word_of(loss, constant_predictor_loss or first, iterations, looks)
    ending = (
        _unclear(look, len(loss) < iterations)
        if kind == "undecided"
        else _compared(kind, first, last, constant_predictor_loss)
    )
    return RunVerdict(kind, first, last, f"{fell}{ending}")


def _course(first: float, last: float, updates: int, iterations: int, median_of: int = 0) -> str:
    """The course of the loss in words; `last` is the median of `median_of` losses, which 0 leaves unsaid."""
    if updates == 1:
        return f"the loss is {format_number(first)} before the first update"
    of = f" (median of the last {median_of})" if median_of else ""
    if updates < iterations:
        return (
            f"so far the loss went from {format_number(first)} to {format_number(last)}{of} in {updates} of "
            f"{iterations} updates"
        )
    return f"the loss went from {format_number(first)} to {format_number(last)}{of} in {updates} updates"


def _compared(kind: RunKind, first: float, last: float, constant_predictor_loss: float) -> str:
    """The final loss compared with that of the best constant output, or, if that is 0, with the first loss."""
    if kind == "diverging":
        return ": it grows instead of falling"
    if kind == "stalled":
        return f"; the constant-prediction baseline is {format_number(constant_predictor_loss)}"
    if constant_predictor_loss == 0:
        return f", {percent(last / first)} of what it began with; the constant-prediction baseline is 0"
    return f", {percent(last / constant_predictor_loss)} of the constant-prediction baseline"


def _unclear(look: Look | None, goes_on: bool) -> str:
    """Why a run is undecided."""
    if look is not None and abs(look.score) > STILL:
        return f": it {'still ' if goes_on else ''}{'falls' if look.score < 0 else 'rises'}"
    return ": too early to say more" if goes_on else ": too few updates to say more"
