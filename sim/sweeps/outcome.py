"""The outcome of one point: its pass, or its training run."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.constant_loss import constant_loss
from ..data.probe import refuse_probe
from ..numerics.arrays import Floats
from ..results.trace import Trace, Verdict
from ..scenario.quantities import BY_LAYER, NUMBERS
from ..scenario.scenario import Scenario
from ..simulation import simulate
from ..theory.mean_field import UNKNOWN, MeanField
from ..theory.of_scenario import theory_of
from ..training.deadline import Check
from ..training.history import History
from ..training.trainer import Trainer
from ..training.verdict import TAIL, judge_run


@dataclass(frozen=True)
class Outcome:
    """Verdict in a word, loss, accuracy and trace: of the pass, or of training's last update."""

    kind: str
    loss: float
    trace: Trace
    accuracy: float = math.nan

    @property
    def verdict(self) -> Verdict:
        """The verdict of the trace."""
        return self.trace.verdict

    @property
    def theory(self) -> MeanField:
        """Mean-field theory of the network at initialisation; nan where it does not apply."""
        scenario = self.trace.scenario
        return (theory_of(scenario) if scenario is not None else None) or UNKNOWN


def outcome(scenario: Scenario, updates: int, check: Check, spectral: bool = False) -> Outcome:
    """Simulate one pass, or train so many updates; `check` may raise Cancelled. Raises UserError."""

    def watch(*_: Any) -> None:
        check()

    if updates:
        return _trained(scenario, updates, check, spectral)
    trace = simulate(scenario, watch=watch, spectral=spectral)
    return Outcome(trace.verdict.kind, trace.loss, trace)


def _trained(scenario: Scenario, updates: int, check: Check, spectral: bool) -> Outcome:
    """The run that `gradsim train --iterations N` makes, bit for bit; it ends once a parameter is inf or NaN."""
    refuse_probe(scenario)
    trainer = Trainer(scenario)
    loss, accuracy, broken = np.full((3, updates), np.nan)
    done, trace = 0, None
    while done < updates and not (done and broken[done - 1]):
        if done == updates - 1:
            trace = trainer.update(lambda *_: check(), spectral).trace
            loss[done] = trace.loss
        else:
            loss[done] = trainer.bare_update(check)
        accuracy[done] = trainer.network.head.accuracy()
        broken[done] = not np.isfinite(trainer.flat.parameters).all()
        done += 1
    trace = trace or trainer.update(lambda *_: check(), spectral).trace  # of parameters that are inf or NaN
    verdict = judge_run(
        _history(scenario, loss[:done], broken[:done]), constant_loss(scenario, trainer.samples), updates
    )
    lost = bool(broken[done - 1])
    tail = accuracy[:done][-min(TAIL, max(done // 2, 1)) :]
    return Outcome(verdict.kind, math.nan if lost else verdict.last_loss, trace, float(np.median(tail)))


def _history(scenario: Scenario, loss: Floats, broken: Floats) -> History:
    """A history of losses; the rest, which was not measured, is nan."""
    history, nothing = History(scenario.depth), np.full(len(loss), np.nan)
    numbers = dict.fromkeys(NUMBERS, nothing) | {"loss": loss, "bad_parameters": broken}
    history.restore(numbers, dict.fromkeys(BY_LAYER, np.full((len(loss), scenario.depth), np.nan)))
    return history
