"""A training run: its history, its verdict, and each of its updates again, bit for bit."""

from collections.abc import Mapping

import numpy as np

from ..data.constant_loss import constant_loss
from ..data.probe import refuse_probe
from ..engine.build import PassObserver
from ..numerics.arrays import Floats
from ..numerics.kernel import Report
from ..numerics.number_format import narrow
from ..results.nonfinite import Nonfinite
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from .checkpoints import Checkpoints, State
from .clip_threshold import suggested_threshold
from .events import FailureEvent, failure_events
from .history import History, Update
from .loss_trend import Look
from .parameter_vector import ParameterView
from .run_snapshot import RunSnapshot
from .symptoms import symptoms
from .trainer import Trainer
from .verdict import RunVerdict, judge_run, notes_beside

ENOUGH = 10  # norms of gradients from which a clipping threshold can be suggested


class Run:
    """The training of a scenario, one update a call of `advance`; `watch` of its methods may raise Cancelled.

    `constant_predictor_loss` is the loss of the best constant output, nan of a probe; `start` is the first state.
    """

    def __init__(self, scenario: Scenario, report: Report | None = None, watch: PassObserver | None = None):
        self.scenario = scenario
        self.trainer = Trainer(scenario, report, watch)
        self.history = History(scenario.depth)
        self.checkpoints = Checkpoints()
        self._first: Nonfinite | None = None
        self.constant_predictor_loss = constant_loss(scenario, self.trainer.samples)
        self.start = self.trainer.state()
        self._looks: dict[int, Look] = {}
        self._began: Verdict | None = None
        self._unmoved = tuple(self.trainer.flat.pairs) if narrow(scenario.precision.format) else ()

    def __len__(self) -> int:
        """The number of recorded updates."""
        return len(self.history)

    def __repr__(self) -> str:
        verdict = f": {self.verdict.kind}, {self.verdict.why}" if len(self) else ""
        return f"<Run of {len(self)} updates{verdict}>"

    @property
    def first_nonfinite(self) -> Nonfinite | None:
        """The first inf or NaN of the recorded updates; None if there is none."""
        recorded = self._first is not None and (self._first.iteration or 0) < len(self.history)
        return self._first if recorded else None

    def advance(self, watch: PassObserver | None = None, *, spectral: bool = False) -> Update:
        """Make and record the next update; if anything is raised, such as Cancelled, nothing is recorded.

        Raises ScenarioError for a probe, which has nothing to learn.
        """
        refuse_probe(self.scenario)
        update = self._make(len(self.history), watch, spectral)
        self._first = self.first_nonfinite or update.first_nonfinite
        if not update.iteration:
            self._began = update.trace.verdict
        self._unmoved = tuple(pair for pair in self._unmoved if self._stays(pair))
        self.history.append(update)  # the last that is done, and recorded only when it is
        return update

    def visit(self, iteration: int, watch: PassObserver | None = None, *, spectral: bool = False) -> Update:
        """A recorded update (from 0), recomputed bit for bit from the nearest checkpoint; else raises IndexError."""
        if not 0 <= iteration < len(self.history):
            raise IndexError(f"update {iteration} of a run of {len(self.history)}")
        return self._make(iteration, watch, spectral)

    def restore(self, history: Mapping[str, Floats], layers: Mapping[str, Floats], first: Nonfinite | None) -> None:
        """Replace the history by that of a saved run, and the first inf or NaN by `first`."""
        self._first, self._unmoved = first, ()
        self.history.restore(history, layers)

    @property
    def verdict(self) -> RunVerdict:
        """The verdict over the updates so far, at least one."""
        iterations = self.scenario.training.iterations
        notes = tuple(notes_beside(self.scenario, self.history, self.began))
        return judge_run(self.history, self.constant_predictor_loss, iterations, notes=notes, looks=self._looks)

    @property
    def symptoms(self) -> tuple[str, ...]:
        """Its symptoms (scenario/verdict_words.py), likely causes first; () if nothing is wrong."""
        return symptoms(self.scenario, self.history, self.verdict, self.constant_predictor_loss, self.began,
                        self.first_nonfinite, unmoved=bool(self.unmoved))  # fmt: skip

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Names of parameters in a narrow format with a gradient at every update, whose numbers never changed."""
        numbers = self.history.numbers
        stepped = (numbers["learning_rate"] > 0) & (numbers["skipped"] == 0)
        return tuple(pair.name for pair in self._unmoved) if stepped.any() else ()

    def _stays(self, pair: ParameterView) -> bool:
        before, now = self.start.values[pair.part], self.trainer.optimizer.parameters[pair.part]
        return bool(pair.gradient.any()) and np.array_equal(before, now)

    @property
    def began(self) -> Verdict:
        """The verdict of the pass before update 0; a reopened run recomputes it once."""
        if self._began is None:
            self._began = self.visit(0).trace.verdict
        return self._began

    @property
    def failure_events(self) -> tuple[FailureEvent, ...]:
        """The events from its first inf or NaN on; () if there is none."""
        return failure_events(self.scenario, self.history, self.first_nonfinite)

    def snapshot(self) -> RunSnapshot:
        """A frozen copy of what charts and tables show, of at least one update; a threshold from ENOUGH norms on."""
        history, enough = self.history, len(self) >= ENOUGH and self.first_nonfinite is None
        advice = suggested_threshold(self.scenario, history) if enough else None
        return RunSnapshot(self.scenario, history.numbers, history.layers, history.update_ratio, self.verdict,
                           self.first_nonfinite, self.failure_events, advice, self.symptoms,
                           self.constant_predictor_loss)  # fmt: skip

    @property
    def end(self) -> State:
        """The state after the last recorded update."""
        return self.state_before(len(self.history))

    def state_before(self, iteration: int, watch: PassObserver | None = None) -> State:
        """The state before a recorded update or the next one, from the nearest checkpoint; else raises IndexError."""
        if not 0 <= iteration <= len(self.history):
            raise IndexError(f"the state before update {iteration} of a run of {len(self.history)}")
        self._go_to(iteration, watch)
        return self.trainer.state()

    def _make(self, iteration: int, watch: PassObserver | None, spectral: bool) -> Update:
        self._go_to(iteration, watch)
        return self.trainer.update(watch, spectral)

    def _go_to(self, iteration: int, watch: PassObserver | None = None) -> None:
        """Bring the trainer to just before an update."""
        trainer, checkpoint = self.trainer, self.checkpoints.before(iteration)
        nearest = checkpoint or self.start
        if not nearest.iteration <= trainer.iteration <= iteration:
            trainer.restore(nearest)
        while trainer.iteration < iteration:
            trainer.update(watch)
            self._offer()
        self._offer()

    def _offer(self) -> None:
        fits = self.start.values.nbytes <= self.checkpoints.budget
        if fits and self.checkpoints.wants(self.trainer.iteration):
            self.checkpoints.keep(self.trainer.state())
