"""Symptoms of a pass and of a training run, in the words of the fixes that are worth a try (`scenario/symptoms.py`).

What is known to be the cause comes before what may only follow from it.
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
SHOWN = ("eps", "lost_updates")  # what a pass only fears, and updates show


def pass_symptoms(scenario: Scenario, verdict: Verdict) -> tuple[str, ...]:
    """What is wrong with a pass; () if it is healthy."""
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
    """What the concerns of a pass say is the cause of what is to come."""
    return [concern.symptom for concern in verdict.concerns if concern.symptom]


def symptoms(scenario: Scenario, history: History, verdict: RunVerdict, constant_predictor_loss: float, began: Verdict,
             first: Nonfinite | None, *, unmoved: bool = False) -> tuple[str, ...]:  # fmt: skip
    """What is wrong with a run, of which `began` is the pass before update 0 and `first` what broke it.

    `unmoved` says that rounding kept some parameter where it was at every update.

    A run that learns may lose updates, and no more is wrong with it; one that is undecided has what its pass has.
    Where that pass breaks already no update is to blame.
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
    feared = [cause for cause in causes(began) if cause not in SHOWN]
    after = _of_updates(scenario, history, verdict, constant_predictor_loss, first)
    return tuple(dict.fromkeys([*eps, *feared, *at_first, *lost, *after]))


def _of_updates(scenario: Scenario, history: History, verdict: RunVerdict, constant_predictor_loss: float,
                first: Nonfinite | None) -> list[str]:  # fmt: skip
    """What the updates did; a loss that grew comes before what broke then, and a batch that broke at once after."""
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
    """Whether batch norm compares too few."""
    return ["small_batch"] if scenario.few_samples else []


def _format(scenario: Scenario, first: Nonfinite | None) -> list[str]:
    """Whether a number was too large for its format only, and whether the loss scale was part of that."""
    if first is None or first.phase == "update" or not narrow(scenario.precision.format):
        return []
    scaled = first.phase == "backward" and scenario.precision.loss_scale.parameters.get("value", 2.0) != 1
    fits = math.isfinite(first.exact) and abs(first.exact) <= FLOAT32
    return [*(["loss_scale"] if scaled else []), *(["overflow"] if fits else [])]


def _divided_by_eps(scenario: Scenario, first: Nonfinite | None) -> bool:
    """Whether a parameter, not what the optimizer remembers of it, broke where eps had rounded to 0."""
    if first is None or first.phase != "update" or ("eps", 0.0) not in first.terms:
        return False
    optimizer = scenario.training.optimizer
    return first.array.rpartition(".")[2] not in optimizer.load().slots(**optimizer.parameters)
