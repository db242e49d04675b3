"""What became of a training run, in one word and one plain sentence."""

from dataclasses import dataclass

import numpy as np

from .history import Floats, History
from .numbers import percent, short
from .samples import Samples
from .scenario import Outcome, Scenario

STALLED = 0.95  # of the loss of the best constant output, down to which nothing but that was learnt
DIVERGED = 2.0  # times the loss at the start
TAIL = 10  # updates whose median is the loss at the start, and at the end


@dataclass(frozen=True)
class RunVerdict:
    """The state of a run in one word, the losses it began and ended with, and one sentence of why."""

    kind: Outcome
    first_loss: float
    last_loss: float
    why: str


def judge_run(history: History, guess: float) -> RunVerdict:
    """The verdict over all updates so far, at least one; `guess` is the loss of the best constant output."""
    loss = history.numbers["loss"]
    first, last = _middle(loss[:TAIL]), _middle(loss[-TAIL:])
    fell = f"the loss went from {short(first)} to {short(last)} in {len(loss)} updates"
    if history.numbers["bad_parameters"][-1] > 0 or not np.isfinite(loss[-1]):
        broken = int(np.flatnonzero(~np.isfinite(loss) | (history.numbers["bad_parameters"] > 0))[0])
        ended = "NaN" if np.isnan(loss[-1]) else short(float(loss[-1]))
        why = f"the loss went from {short(float(loss[0]))} to {ended}; it broke at update {broken}"
        return RunVerdict("nonfinite", first, last, why)
    if not np.isfinite(guess):
        return RunVerdict("learning", first, last, f"{fell}; a probe has no minimum and falls for ever")
    if last > DIVERGED * max(first, guess):
        return RunVerdict("diverging", first, last, f"{fell}: it grows instead of falling")
    if last > STALLED * guess:
        return RunVerdict("stalled", first, last, f"{fell}; a constant output would have {short(guess)}")
    return RunVerdict("learning", first, last, f"{fell}, {percent(last / guess)} of what a constant output would have")


def constant_loss(scenario: Scenario, samples: Samples) -> float:
    """The loss of the best output that does not look at its input; nan for the probe, which has no target."""
    target = samples.target
    if scenario.loss.name == "probe":
        return float("nan")
    if target.dtype.kind == "f":
        seen = target if scenario.loss.at == "every" or target.ndim < 3 else target[:, -1:]
        return float(np.square(seen - seen.mean(axis=0)).mean())
    seen = target if scenario.loss.at == "every" or target.ndim < 2 else target[:, -1:]
    shares = np.bincount(seen.reshape(-1)) / seen.size
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _middle(values: Floats) -> float:
    return float(np.median(values))
