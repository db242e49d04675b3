"""A training run: what happened so far, and any of its updates again, exactly."""

from collections.abc import Mapping

import numpy as np

from ..data.constant_loss import constant_loss
from ..data.probe import refuse_probe
from ..engine.build import PassObserver
from ..engine.watchers import histogram_watcher, inside_watcher
from ..numerics.arrays import Floats
from ..numerics.kernel import Report
from ..numerics.number_format import narrow
from ..results.histogram import Histogram, Inspection
from ..results.inside import Inside
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
    """The history of a scenario's training, which `advance` makes longer by one update at a time."""

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
        """Updates that are recorded."""
        return len(self.history)

    def __repr__(self) -> str:
        verdict = f": {self.verdict.kind}, {self.verdict.why}" if len(self) else ""
        return f"<Run of {len(self)} updates{verdict}>"

    @property
    def first_nonfinite(self) -> Nonfinite | None:
        """The first number of the recorded updates that was not finite."""
        recorded = self._first is not None and (self._first.iteration or 0) < len(self.history)
        return self._first if recorded else None

    def advance(self, watch: PassObserver | None = None, *, spectral: bool = False) -> Update:
        """The next update, recorded; nothing is if anything is raised on the way, as Cancelled by the watcher.

        A probe, which has nothing to learn, raises ScenarioError.
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
        """A recorded update (from 0) once more, from the nearest checkpoint before it; the same bits."""
        if not 0 <= iteration < len(self.history):
            raise IndexError(f"update {iteration} of a run of {len(self.history)}")
        return self._make(iteration, watch, spectral)

    def restore(self, history: Mapping[str, Floats], layers: Mapping[str, Floats], first: Nonfinite | None) -> None:
        """Take over what a saved run has recorded."""
        self._first, self._unmoved = first, ()
        self.history.restore(history, layers)

    @property
    def verdict(self) -> RunVerdict:
        """What became of it so far, after at least one update."""
        iterations = self.scenario.training.iterations
        notes = tuple(notes_beside(self.scenario, self.history, self.began))
        return judge_run(self.history, self.constant_predictor_loss, iterations, notes=notes, looks=self._looks)

    @property
    def symptoms(self) -> tuple[str, ...]:
        """What is wrong with it, as `fixing.remedies` takes it; () if nothing is."""
        return symptoms(self.scenario, self.history, self.verdict, self.constant_predictor_loss, self.began,
                        self.first_nonfinite, unmoved=bool(self.unmoved))  # fmt: skip

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Parameters of a narrow format that have a gradient, and that not one update has changed in any number."""
        numbers = self.history.numbers
        stepped = (numbers["learning_rate"] > 0) & (numbers["skipped"] == 0)
        return tuple(pair.name for pair in self._unmoved) if stepped.any() else ()

    def _stays(self, pair: ParameterView) -> bool:
        before, now = self.start.values[pair.part], self.trainer.optimizer.parameters[pair.part]
        return bool(pair.gradient.any()) and np.array_equal(before, now)

    @property
    def began(self) -> Verdict:
        """The verdict of the pass before update 0, which a reopened run makes once more."""
        if self._began is None:
            self._began = self.visit(0).trace.verdict
        return self._began

    @property
    def failure_events(self) -> tuple[FailureEvent, ...]:
        """What broke it and what followed; () if nothing did."""
        return failure_events(self.scenario, self.history, self.first_nonfinite)

    def snapshot(self) -> RunSnapshot:
        """What it has recorded so far, of at least one update; advice only where there are enough norms."""
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
        """The state before an update that is recorded, or before the next, from the nearest checkpoint."""
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


def inspect_update(
    run: Run, iteration: int, layer: int, *, step: int = -1, watch: PassObserver | None = None
) -> Inspection:
    """The same from the pass of a recorded update of a training run."""
    histograms: dict[str, Histogram] = {}  # passes that lead there are overwritten
    run.visit(iteration, histogram_watcher(run.trainer.network, histograms, layer, step, watch))
    return Inspection(layer, histograms)


def look_inside_update(
    run: Run, iteration: int, layer: int, *, step: int = -1, watch: PassObserver | None = None
) -> Inside:
    """What is inside a layer in that pass."""
    insides: list[Inside] = []
    run.visit(iteration, inside_watcher(run.trainer.network, insides, layer, step, watch, iteration))
    return insides[-1]
