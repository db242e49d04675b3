"""What became of a training run, in one word and one plain sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import load_samples
from .history import Floats, History
from .numbers import percent, short
from .samples import Samples
from .scenario import Scenario
from .sections import Outcome

STALLED = 0.95  # of the loss of the best constant output, down to which nothing but that was learnt
DIVERGED = 2.0  # times the loss at the start
TAIL = 10  # updates whose median is the loss at the end; of a short run its second half
SURE = 2.0  # standard errors of that median, by which it must be below what counts as stalled
ENOUGH = 4096  # fresh samples for the loss of a constant output, which then is right to 2%
MOST = 2**20  # numbers of input to make for it


@dataclass(frozen=True)
class RunVerdict:
    """The state of a run in one word, the losses it began and ended with, and one sentence of why."""

    kind: Outcome
    first_loss: float
    last_loss: float
    why: str


def judge_run(history: History, guess: float, iterations: int = 0) -> RunVerdict:
    """The verdict over all updates so far, at least one; `guess` is the loss of the best constant output.

    What it began with is the loss before the first update: a few updates later it may have blown up already.
    `iterations` is how many updates there are to be, where more may follow.
    """
    with np.errstate(all="ignore"):  # of losses that are inf or near it
        return _judge(history, guess, iterations)


def _judge(history: History, guess: float, iterations: int) -> RunVerdict:
    loss = history.numbers["loss"]
    tail = loss[-min(TAIL, max(len(loss) // 2, 1)) :]
    first, last = float(loss[0]), float(np.median(tail))
    fell = _course(first, last, len(loss), iterations)
    if history.numbers["bad_parameters"][-1] > 0 or not np.isfinite(loss[-1]):
        broken = int(np.flatnonzero(~np.isfinite(loss) | (history.numbers["bad_parameters"] > 0))[0])
        ended = "NaN" if np.isnan(loss[-1]) else short(float(loss[-1]))
        went = f"went from {short(first)} to {ended}" if np.isfinite(first) else f"was {ended} from the start"
        return RunVerdict("nonfinite", first, last, f"the loss {went}; it broke at update {broken}")
    if not np.isfinite(guess):
        kind: Outcome = "learning" if last < first else "stalled"
        return RunVerdict(kind, first, last, f"{fell}; a probe has no minimum: what learns makes it fall for ever")
    if last > DIVERGED * max(first, guess):
        return RunVerdict("diverging", first, last, f"{fell}: it grows instead of falling")
    if guess == 0:
        return _with_a_constant_solution(first, last, tail, fell)
    if last + SURE * _error(tail) > STALLED * guess:
        return RunVerdict("stalled", first, last, f"{fell}; a constant output would have {short(guess)}")
    return RunVerdict("learning", first, last, f"{fell}, {percent(last / guess)} of what a constant output would have")


def _with_a_constant_solution(first: float, last: float, tail: Floats, fell: str) -> RunVerdict:
    """Of samples that one constant output fits: it is measured by what it began with."""
    solved = "a constant output would have 0"
    if last == 0:
        return RunVerdict("learning", first, last, f"{fell}; {solved} too: there is no more to learn")
    if last + SURE * _error(tail) > STALLED * first:
        return RunVerdict("stalled", first, last, f"{fell}; {solved}")
    return RunVerdict("learning", first, last, f"{fell}, {percent(last / first)} of what it began with; {solved}")


def _course(first: float, last: float, made: int, iterations: int) -> str:
    """How the loss went, and how far a run is that may go on."""
    if made == 1:
        return f"the loss is {short(first)} before the first update"
    count = f"{made} of {iterations}" if made < iterations else f"{made}"
    return f"the loss went from {short(first)} to {short(last)} in {count} updates"


def constant_loss(scenario: Scenario, samples: Samples) -> float:
    """The loss of the best output that does not look at its input; nan for the probe, which has no target."""
    if scenario.loss.name == "probe":
        return float("nan")
    target = _targets(scenario, samples)
    every = scenario.loss.at == "every"
    if target.dtype.kind == "f":
        seen = target if every or target.ndim < 3 else target[:, -1:]
        with np.errstate(all="ignore"):  # of a user's numbers
            seen = seen - seen[0]  # else the mean of equal numbers would differ from them by its rounding
            return float(np.square(seen - seen.mean(axis=0)).mean())
    seen = target if every or target.ndim < 2 else target[:, -1:]
    shares = np.bincount(seen.reshape(-1)) / seen.size
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _targets(scenario: Scenario, samples: Samples) -> NDArray[Any]:
    """Those of all samples; of a task that makes fresh ones, of enough batches to know what is usual."""
    if scenario.data.file is not None or not scenario.task.entry.facts.get("FRESH"):
        return samples.target
    batches = min(ENOUGH // len(samples.input), MOST // samples.input.size)
    return np.concatenate([samples.target, *(load_samples(scenario, i).target for i in range(1, batches))])


def _error(values: Floats) -> float:
    """The standard error of a median, from the median deviation, so that a spike does not count (normal values)."""
    return float(1.4826 * 1.2533 * np.median(np.abs(values - np.median(values))) / np.sqrt(len(values)))
