"""Symptoms of a pass and of a training run, in the words that fixes declare (scenario/verdict_words.py).

Known causes come before symptoms that may only follow from them.
"""

import math

import numpy as np

from ..numerics.number_format import narrow
from ..results.nonfinite import Nonfinite
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from .history import History
from .loss_trend import DIVERGED
from .verdict import RunVerdict, loses_updates

FLOAT32 = float(np.finfo(np.float32).max)
SHOWN = ("eps", "lost_updates")  # symptoms that a pass predicts, and updates confirm or refute


def pass_symptoms(scenario: Scenario, verdict: Verdict) -> tuple[str, ...]:
    """The symptoms of a pass; () if it is healthy."""
    if verdict.kind == "healthy":
        return ()
    of_pass = [*few_samples(scenario), *causes(verdict), *_format(scenario, verdict.first_nonfinite)]
    if verdict.kind == "vanishing" and not verdict.ratio > 0 and narrow(scenario.precision.format):
        of_pass.append("underflow")
    if verdict.axis == "time" and verdict.kind in ("vanishing", "exploding"):
        of_pass.append("through_time")
    if verdict.kind in ("exploding", "nonfinite") and scenario.has_skip:
        of_pass.append("branches")
    return tuple(dict.fromkeys([*of_pass, verdict.kind]))


def causes(verdict: Verdict) -> list[str]:
    """The symptoms of a pass's concerns, which are causes of what training will meet."""
    return [concern.symptom for concern in verdict.concerns if concern.symptom]


def symptoms(scenario: Scenario, history: History, verdict: RunVerdict, constant_predictor_loss: float, began: Verdict,
             first: Nonfinite | None, *, unmoved: bool = False) -> tuple[str, ...]:  # fmt: skip
    """The symptoms of a run: `began` is the verdict before update 0, `first` the first inf or NaN.

    `unmoved` says that rounding lost every update of some parameter. A run that learns has at most lost updates, and an
    undecided one the symptoms of its first pass; where that pass breaks already, no update is to blame.
    """
    eps = ["eps"] if _divided_by_eps(scenario, first) else []
    lost = ["lost_updates"] if unmoved or loses_updates(scenario, history) else []
    if verdict.kind == "learning":
        return tuple(lost)
    at_first = [one for one in pass_symptoms(scenario, began) if one not in SHOWN]
    if "nonfinite" in at_first:
        return tuple(at_first)
    if verdict.kind == "undecided":
        return tuple(dict.fromkeys([*eps, *at_first, *lost]))
    predicted = [cause for cause in causes(began) if cause not in SHOWN]
    after = _of_updates(scenario, history, verdict, constant_predictor_loss, first)
    return tuple(dict.fromkeys([*eps, *predicted, *at_first, *lost, *after]))


def _of_updates(scenario: Scenario, history: History, verdict: RunVerdict, constant_predictor_loss: float,
                first: Nonfinite | None) -> list[str]:  # fmt: skip
    """Symptoms of the updates: growth of the loss before the overflow that followed, else a spike of one batch."""
    loss = history.numbers["loss"]
    before = loss if first is None or first.iteration is None else loss[: first.iteration + 1]
    grown = before / DIVERGED > np.fmax(verdict.first_loss, constant_predictor_loss)
    diverged = ["diverging"] if verdict.kind == "diverging" or grown.any() else []  # also where it came back
    in_pass = first is not None and first.phase in ("forward", "backward")
    spike = [*_format(scenario, first), "spike"] if in_pass and not diverged else []
    ends = {"nonfinite": ["blowup"], "stalled": ["stalled"]}.get(verdict.kind, [])
    follows = _format(scenario, first) if diverged else []
    return [*few_samples(scenario), *diverged, *spike, *ends, *follows]


def few_samples(scenario: Scenario) -> list[str]:
    """["small_batch"] if the batch is too small for a norm that compares samples, else []."""
    return ["small_batch"] if scenario.few_samples else []


def _format(scenario: Scenario, first: Nonfinite | None) -> list[str]:
    """Symptoms of a number that overflowed a narrow format: by the loss scale, and only as float32 would hold it."""
    if first is None or first.phase == "update" or not narrow(scenario.precision.format):
        return []
    scale = scenario.precision.loss_scale
    scales = scenario.adjusts_loss_scale or scale.load().start(**scale.parameters) != 1
    scaled = first.phase == "backward" and scales
    fits = math.isfinite(first.exact) and abs(first.exact) <= FLOAT32
    return [*(["loss_scale"] if scaled else []), *(["overflow"] if fits else [])]


def _divided_by_eps(scenario: Scenario, first: Nonfinite | None) -> bool:
    """Whether a parameter, not a state vector of the optimizer, became inf or NaN where eps had rounded to 0."""
    if first is None or first.phase != "update" or ("eps", 0.0) not in first.terms:
        return False
    optimizer = scenario.training.optimizer
    return first.array.rpartition(".")[2] not in optimizer.load().slots(**optimizer.parameters)
