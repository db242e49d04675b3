"""A trial: does the network learn on its own batches, with Adam or with the scenario's own optimizer?"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.constant_loss import constant_loss, constant_loss_on, targets_of
from ..data.probe import refuse_probe
from ..network.block import unwatched
from ..numerics.arrays import Floats
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Outlook
from ..text import format_number, percent
from .deadline import Check
from .loss_trend import STALLED, divergence_bound
from .trainer import Trainer
from .verdict import TAIL

UPDATES = 50  # of a trial
PATIENCE = 6  # times as many updates for what has not learned by then: a gradient that vanishes may recover under Adam
FALLS = 2 / 3  # of the loss at half time: a final loss below it is still falling
RATES = (0.001, 0.01)  # of Adam: its own default, and what small networks bear
HEALS = 0.9  # of the loss of the best constant output: learning (STALLED) with a margin


@dataclass(frozen=True)
class TrialRun:
    """Losses of the updates with one optimizer; `score` is their end over the best constant output's on the same
    batches, as single losses of small batches scatter, and not evenly.
    """

    optimizer: Choice
    losses: Floats
    score: float
    outlook: Outlook
    diverged: bool  # ended above what counts as diverging, or with inf or NaN

    @property
    def words(self) -> str:
        """The optimizer with its rate: "Adam at 0.001"."""
        name = self.optimizer.entry.metadata.get("LABEL", self.optimizer.name)
        return f"{name} at {self.optimizer.parameters['learning_rate']:g}"


@dataclass(frozen=True)
class Trial:
    """Short runs of the same network, its own optimizer first; the best of them decides."""

    runs: tuple[TrialRun, ...]
    updates: int
    constant_predictor_loss: float

    @property
    def best(self) -> TrialRun:
        """The run that ended lowest, the first of equals."""
        return min(self.runs, key=lambda run: run.score)

    @property
    def own(self) -> TrialRun:
        """The run with the scenario's own optimizer."""
        return self.runs[0]

    @property
    def score(self) -> float:
        """The loss at the end over that of the best constant output, of the best run; inf if all were lost."""
        return self.best.score

    @property
    def outlook(self) -> Outlook:
        """The best outlook of the runs."""
        order: tuple[Outlook, ...] = ("trains", "doubtful", "sick")
        return min((run.outlook for run in self.runs), key=order.index)

    @property
    def why(self) -> str:
        """Which optimizer learned, in a sentence: "trains with Adam at 0.001 (52% ...); SGD at 0.1 stalls"."""
        learned = [run for run in self.runs if run.outlook == "trains"]
        sentences = [f"trains with {run.words} (to {percent(run.score)} of the constant-prediction baseline in "
                f"{len(run.losses)} updates)" for run in learned]  # fmt: skip
        baseline = "the constant-prediction baseline"
        for run in self.runs:
            if run not in learned:
                verb = "diverges" if run.diverged else "still falls" if run.outlook == "doubtful" else "stalls"
                end = ""
                if np.isfinite(run.score) and not learned:
                    end, baseline = f" at {format_number(run.score)} times {baseline}", "it"
                sentences.append(f"{run.words} {verb}{end}")
        return "; ".join(sentences)


def trial(scenario: Scenario, updates: int = UPDATES, check: Check | None = None, *, thorough: bool = True) -> Trial:
    """A trial with the scenario's own optimizer and with Adam at RATES, from the same start.

    If none learns, those that did not diverge are trained PATIENCE times as long; unless `thorough`, there is no such
    patience, and the first that heals ends the trial. `check` is called in each pass and may raise Cancelled. Raises
    ScenarioError for a probe.
    """
    refuse_probe(scenario)
    optimizer = scenario.training.optimizer
    others = [variant(scenario, rate) for rate in RATES]
    scenarios = [scenario, *(other for other in others if other.training.optimizer.parameters != optimizer.parameters
                             or other.training.optimizer.name != optimizer.name)]  # fmt: skip
    return _trial(scenarios, updates, check, thorough)


def trial_of_own(scenario: Scenario, updates: int = UPDATES, check: Check | None = None) -> Trial:
    """A trial with the scenario's own optimizer only; raises as `trial` does."""
    refuse_probe(scenario)
    return _trial([scenario], updates, check, True)


def trial_from(trainer: Trainer, updates: int, constant_predictor_loss: float, check: Check | None = None) -> Trial:
    """A trial that continues a trainer with its own optimizer, from its state."""
    run = _run(trainer, constant_predictor_loss, _on_batch(trainer), check, updates)
    return Trial((run,), updates, constant_predictor_loss)


def variant(scenario: Scenario, rate: float) -> Scenario:
    """The scenario with Adam at a constant rate."""
    changes = {"training.optimizer": {"name": "adam", "learning_rate": rate},
               "training.schedule": "constant", "training.warmup": 0}  # fmt: skip
    return scenario.edit(changes)


def _trial(scenarios: Iterable[Scenario], updates: int, check: Check | None, thorough: bool) -> Trial:
    runs: list[TrialRun] = []
    first, *_ = scenarios = list(scenarios)
    trainer = Trainer(first)
    start, constant = trainer.state(), constant_loss(first, trainer.samples)
    make = partial(_run, trainer, constant, _on_batch(trainer), check)
    for one in scenarios:
        if runs:
            trainer.begin_again(one, start)
        runs.append(make(updates))
        if not thorough and runs[-1].score < HEALS:
            break
    if thorough and len(scenarios) > 1 and all(run.outlook != "trains" for run in runs):
        for index in sorted(range(len(runs)), key=lambda index: runs[index].score):
            if runs[index].diverged:
                continue
            trainer.begin_again(scenarios[index], start)
            runs[index] = make(PATIENCE * updates, updates)
            if runs[index].outlook == "trains":
                break
    return Trial(tuple(runs), updates, constant)


def _on_batch(trainer: Trainer) -> Callable[[NDArray[Any]], float]:
    """The loss of the best constant output as a function of a batch's targets."""
    scenario = trainer.scenario
    return constant_loss_on(scenario.loss.name, targets_of(scenario, trainer.samples), scenario.loss.at_every_step)


def _run(trainer: Trainer, constant: float, on_batch: Callable[[NDArray[Any]], float], check: Check | None,
         updates: int, look: int = 0) -> TrialRun:  # fmt: skip
    """A run of `updates` updates; ends early if it heals at a multiple of `look`; losses after a break are inf."""
    losses, targets = np.full(updates, np.inf), deque[NDArray[Any]](maxlen=_tail(updates))

    def score(done: int) -> float:
        """The median loss at the end over the best constant output's, or, if that is 0, over the first loss."""
        tail = _tail(done)
        last = float(np.median(losses[done - tail : done]))
        baseline = (
            float(np.median([on_batch(target) for target in [*targets][-tail:]])) if np.isfinite(last) else np.inf
        )
        against = (baseline if np.isfinite(baseline) else constant) or constant or float(losses[0])
        share = last / against if against > 0 else float(last > 0)
        return share if np.isfinite(share) else float("inf")

    for i in range(updates):
        loss = trainer.bare_update(check or unwatched)
        losses[i] = loss if np.isfinite(loss) else np.inf
        targets.append(trainer.network.head.target)
        if not np.isfinite(trainer.optimizer.parameters).all():
            break  # no update brings such a parameter back
        done = i + 1
        if look and done % look == 0 and done < updates and score(done) < HEALS:
            losses = losses[:done]
            break
    updates = len(losses)
    tail = _tail(updates)
    with np.errstate(all="ignore"):
        last, half = float(np.median(losses[-tail:])), float(np.median(losses[updates // 2 :][:tail]))
        top = divergence_bound(float(losses[0]), constant)
    final = score(updates)
    outlook: Outlook = "trains" if final < STALLED else "doubtful" if last < FALLS * half else "sick"
    return TrialRun(trainer.scenario.training.optimizer, losses, final, outlook, not last <= top)


def _tail(updates: int) -> int:
    return min(TAIL, max(updates // 2, 1))
