"""What would have prevented a run's failure: each fix is tried from the last healthy update, on the same batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..data.batches import batch_of
from ..engine.build import PassObserver, set_batch
from ..errors import ScenarioError
from ..results.trace import Trace
from ..scenario.fixing import apply_fixes, changes
from ..scenario.quantities import BAD
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import SYMPTOMS
from ..simulation import trace
from .advice import ENOUGH, NEAREST, SECONDS, advise
from .candidates import candidates, intrusion, of_cause, reason
from .checkpoints import State
from .deadline import within
from .history import History
from .loss_trend import DIVERGED
from .run import Run
from .trainer import Trainer
from .trial import UPDATES, Check, Trial, trial_from
from .tried import Cost, Tried
from .verdict import WENT_WRONG

AT_START = ("network.init", "network.recurrent_init", "network.bias", "network.forget_bias", "data.standardize",
            "training.warmup", "seed")  # fmt: skip
"""Keys that decide what a run begins with: it is tried from update 0, as a run under way would not notice."""
CALM = 10  # updates in a row that are fine in what counts as healthy
MOST = 4 * UPDATES  # updates of a trial, however long the failure took

Layout = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Failure:
    """A run that went wrong, as it was before its last healthy update, and from which one on it was healthy no more.

    `layout` has name and shape of each parameter, `slots` what the optimizer remembers of each, as the state has them.
    """

    scenario: Scenario
    state: State
    broke: int
    symptoms: tuple[str, ...]
    constant_predictor_loss: float
    layout: Layout
    slots: tuple[str, ...]


Question = Scenario | Failure
"""What fixes are tried for: a network before its first update, or a run that went wrong."""


def tries(question: Question, seconds: float = SECONDS, *, check: Check | None = None,
          base: Trial | None = None, symptoms: Iterable[str] = (),
          enough: int = ENOUGH) -> Iterator[Tried]:  # fmt: skip
    """All that is worth a try, tried: see `prevent` and `advise`.

    `base` is a trial of a network as it is, `symptoms` are those of a run of it; a failure has its own. All are tried
    against a failure.
    """
    if isinstance(question, Failure):
        return prevent(question, seconds, check=check)
    return advise(question, seconds, check=check, base=base, symptoms=symptoms, enough=enough)


def steps(question: Question) -> int:
    """How many answers there will be at most."""
    if isinstance(question, Failure):
        return len(candidates(question.scenario, question.symptoms))
    return 3 * len(candidates(question, SYMPTOMS)) + NEAREST  # each is simulated, and has two trials at most


def failure_of(run: Run, watch: PassObserver | None = None) -> Failure | None:
    """What became of a run that broke or diverged; None of any other.

    The state is recomputed from the nearest checkpoint. `watch` may raise Cancelled.
    """
    if not len(run) or run.scenario.loss.is_probe or run.verdict.kind not in WENT_WRONG:
        return None
    healthy = last_healthy(run.history, run.constant_predictor_loss)
    first = run.first_nonfinite
    broke = max(healthy + 1, first.iteration if first is not None and first.iteration is not None else 0)
    optimizer = run.trainer.optimizer
    return Failure(run.scenario, run.state_before(healthy, watch), broke, run.symptoms, run.constant_predictor_loss,
                   _layout(run.trainer), tuple(optimizer.memory))  # fmt: skip


def last_healthy(history: History, constant_predictor_loss: float) -> int:
    """The last update that ends CALM ones in a row, or all since update 0, without trouble; 0 if there is none.

    Trouble is a number that is not finite, and a loss beyond what counts as diverging.
    """
    numbers = history.numbers
    loss = numbers["loss"]
    top = DIVERGED * float(np.fmax(loss[0] if np.isfinite(loss[0]) else 0.0, constant_predictor_loss))
    troubled = ~(loss <= top)
    for name in BAD:
        troubled |= numbers[name] > 0
    since = np.concatenate([[0], np.cumsum(troubled)])
    before = np.maximum(np.arange(len(loss)) + 1 - CALM, 0)
    calm = np.flatnonzero(since[1:] == since[before])
    return int(calm[-1]) if len(calm) else 0


def prevent(failure: Failure, seconds: float = SECONDS, *, updates: int = UPDATES,
            check: Check | None = None) -> Iterator[Tried]:  # fmt: skip
    """Each fix that is worth a try against a failure, trained on from the last healthy update through its failure.

    What changes the parameters, or only what a run begins with, is trained from update 0. What is likely comes first,
    then the least intrusive. `check` is called in each pass and may raise Cancelled.
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
        result = _pass(trainer, look)
        work = fixed.data.batch / scenario.data.batch * result.steps / max(scenario.steps, 1)
        parameters = trainer.flat.parameters.size / max(size, 1)
        since, verdict = trainer.iteration, result.verdict
        tried = Tried(names, verdict.kind, verdict.ratio, None, Cost(parameters, parameters * work),
                     intrusion(scenario, names), since=since, reason=reason(scenario, names),
                     of_cause=of_cause(names, failure.symptoms))  # fmt: skip
        if verdict.kind == "nonfinite":
            yield tried
            continue
        until = min(max(failure.broke - since, 0) + updates, MOST)
        made = trial_from(trainer, until, failure.constant_predictor_loss, look)
        yield replace(tried, outlook=made.outlook, trial=made)


def _trainer(failure: Failure, fixed: Scenario, names: Iterable[str], look: Check) -> Trainer:
    """A trainer with fixes in the failure's state, or at its own start where that does not fit."""
    trainer = Trainer(fixed, watch=lambda *_: look())
    keys = [key for name in names for key in changes(name, failure.scenario)]
    begins = any(f"{key}.".startswith(f"{start}.") for key in keys for start in AT_START)
    if not begins and _layout(trainer) == failure.layout:
        trainer.restore(_adapted(failure, trainer))
    return trainer


def _adapted(failure: Failure, trainer: Trainer) -> State:
    """The state for a trainer whose optimizer may remember something else, which then is nothing yet."""
    state, scenario, optimizer = failure.state, failure.scenario, trainer.optimizer
    count, choice, new = state.count, scenario.training.optimizer, trainer.scenario.training.optimizer
    parameters, *memory = np.split(state.values, 1 + len(failure.slots))
    if (choice.name, failure.slots) != (new.name, tuple(optimizer.memory)):
        memory, count = [np.zeros_like(parameters) for _ in optimizer.memory], 0
    same_scale = trainer.scenario.precision.loss_scale == scenario.precision.loss_scale
    scale = state.loss_scale if same_scale else trainer.network.loss_scale
    return State(state.iteration, np.concatenate([parameters, *memory]), count, scale, state.clean * same_scale)


def _layout(trainer: Trainer) -> Layout:
    return tuple((pair.name, pair.parameter.shape) for pair in trainer.flat.pairs)


def _pass(trainer: Trainer, look: Check) -> Trace:
    """The trace of the pass before the trainer's next update."""
    set_batch(trainer.network, batch_of(trainer.scenario, trainer.samples, trainer.iteration))
    return trace(trainer.network, lambda *_: look(), iteration=trainer.iteration)
