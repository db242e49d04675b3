"""The failure of a training run: its last healthy update, the state before it, and the first broken one."""

from dataclasses import dataclass

import numpy as np

from ..engine.build import PassObserver
from ..scenario.quantities import BAD
from ..scenario.scenario import Scenario
from .checkpoints import State
from .history import History
from .loss_trend import divergence_bound
from .run import Run
from .trainer import Trainer
from .verdict import WENT_WRONG

CALM = 10  # healthy updates in a row, after which a run counts as healthy
Layout = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Failure:
    """A run that broke or diverged: its state before the last healthy update, and `broke`, the first unhealthy one.

    `layout` has the name and shape of each parameter, `slots` the names of the optimizer's vectors, as in the state.
    """

    scenario: Scenario
    state: State
    broke: int
    symptoms: tuple[str, ...]
    constant_predictor_loss: float
    layout: Layout
    slots: tuple[str, ...]


def failure_of(run: Run, watch: PassObserver | None = None) -> Failure | None:
    """The failure of a run that broke or diverged; None of any other run.

    The state is recomputed from the nearest checkpoint. `watch` may raise Cancelled.
    """
    if not len(run) or run.scenario.loss.is_probe or run.verdict.kind not in WENT_WRONG:
        return None
    healthy = last_healthy(run.history, run.constant_predictor_loss)
    first = run.first_nonfinite
    broke = max(healthy + 1, first.iteration if first is not None and first.iteration is not None else 0)
    optimizer = run.trainer.optimizer
    return Failure(run.scenario, run.state_before(healthy, watch), broke, run.symptoms, run.constant_predictor_loss,
                   layout_of(run.trainer), tuple(optimizer.memory))  # fmt: skip


def last_healthy(history: History, constant_predictor_loss: float) -> int:
    """The last update (from 0) that ends CALM healthy ones in a row, or all since update 0; 0 if there is none.

    Healthy is an update without inf or NaN whose loss is below what counts as diverging.
    """
    numbers = history.numbers
    loss = numbers["loss"]
    troubled = ~(loss <= divergence_bound(float(loss[0]), constant_predictor_loss))
    for name in BAD:
        troubled |= numbers[name] > 0
    since = np.concatenate([[0], np.cumsum(troubled)])
    before = np.maximum(np.arange(len(loss)) + 1 - CALM, 0)
    calm = np.flatnonzero(since[1:] == since[before])
    return int(calm[-1]) if len(calm) else 0


def layout_of(trainer: Trainer) -> Layout:
    """Name and shape of each parameter, in the order of the parameter vector."""
    return tuple((pair.name, pair.parameter.shape) for pair in trainer.flat.pairs)
