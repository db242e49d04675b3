"""Prevention of a run's failure: each fix is trained on from the last healthy update, on the same batches."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ..data.batches import batch_of
from ..engine.build import set_batch
from ..errors import ScenarioError
from ..results.trace import Trace
from ..scenario.fixing import apply_fixes, changes
from ..scenario.scenario import Scenario
from ..simulation import trace
from .advice import SECONDS
from .candidates import candidates, intrusion, is_in, of_cause, reason
from .checkpoints import State
from .deadline import Check, within
from .failure import Failure, layout_of
from .trainer import Trainer
from .trial import UPDATES, trial_from
from .tried import Cost, Tried

AT_START = ("network.init", "network.recurrent_init", "network.bias", "network.forget_bias", "data.standardize",
            "training.warmup", "seed")  # fmt: skip
"""Keys that only the start of a run reads: a fix of one is tried from update 0."""
MOST = 4 * UPDATES  # updates of a trial at most


def prevent(failure: Failure, seconds: float = SECONDS, *, updates: int = UPDATES,
            check: Check | None = None) -> Iterator[Tried]:  # fmt: skip
    """Each candidate fix, trained from the last healthy update until `updates` after the one that broke.

    A fix that changes the parameters' shapes or only the start of a run is trained from update 0. Likely and little
    intrusive fixes come first. `check` is called in each pass and may raise Cancelled.
    """
    return within(seconds, check, partial(_tried, failure, updates))


def _tried(failure: Failure, updates: int, look: Check) -> Iterator[Tried]:
    scenario = failure.scenario
    size = sum(int(np.prod(shape)) for _, shape in failure.layout)
    for names in candidates(scenario, failure.symptoms):
        look()
        fixed = apply_fixes(scenario, names)
        try:
            trainer = _trainer(failure, fixed, names, look)
        except ScenarioError:  # of a size that does not fit
            continue
        before = _pass(trainer, look)
        work = fixed.data.batch / scenario.data.batch * before.steps / max(scenario.steps, 1)
        parameters = trainer.flat.parameters.size / max(size, 1)
        since, verdict = trainer.iteration, before.verdict
        tried = Tried(names, verdict.kind, verdict.ratio, None, Cost(parameters, parameters * work),
                     intrusion(scenario, names), since=since, reason=reason(scenario, names),
                     of_cause=of_cause(names, failure.symptoms))  # fmt: skip
        if verdict.kind == "nonfinite":
            yield tried
            continue
        until = min(max(failure.broke - since, 0) + updates, MOST)
        result = trial_from(trainer, until, failure.constant_predictor_loss, look)
        yield replace(tried, outlook=result.outlook, trial=result)


def _trainer(failure: Failure, fixed: Scenario, names: Iterable[str], look: Check) -> Trainer:
    """A trainer with fixes in the failure's state, or at update 0 where that state does not fit."""
    trainer = Trainer(fixed, watch=lambda *_: look())
    keys = [key for name in names for key in changes(name, failure.scenario)]
    begins = any(is_in(key, AT_START) for key in keys)
    if not begins and layout_of(trainer) == failure.layout:
        trainer.restore(_adapted(failure, trainer))
    return trainer


def _adapted(failure: Failure, trainer: Trainer) -> State:
    """The failure's state for a trainer; another optimizer starts with state vectors of 0."""
    state, scenario, optimizer = failure.state, failure.scenario, trainer.optimizer
    count, choice, new = state.count, scenario.training.optimizer, trainer.scenario.training.optimizer
    parameters, *memory = np.split(state.values, 1 + len(failure.slots))
    if (choice.name, failure.slots) != (new.name, tuple(optimizer.memory)):
        memory, count = [np.zeros_like(parameters) for _ in optimizer.memory], 0
    same_scale = trainer.scenario.precision.loss_scale == scenario.precision.loss_scale
    scale = state.loss_scale if same_scale else trainer.network.loss_scale
    return State(state.iteration, np.concatenate([parameters, *memory]), count, scale, state.clean * same_scale)


def _pass(trainer: Trainer, look: Check) -> Trace:
    """The trace of the pass before the trainer's next update."""
    set_batch(trainer.network, batch_of(trainer.scenario, trainer.samples, trainer.iteration))
    return trace(trainer.network, lambda *_: look(), iteration=trainer.iteration)
