"""The training runs of a scenario, as it is and with fixes. Imports numba only when it works."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...sim.numerics.allocator import give_back_freed_memory
from ...sim.results.histogram import Inspection
from ...sim.results.inside import Inside
from ...sim.results.trace import Trace
from ...sim.scenario.scenario import Scenario, simulated
from ...sim.training.run_snapshot import RunSnapshot
from .passes import Runs, Tell, Views, cheap, one_at_a_time, reporter, watcher
from .threads import Stopped

if TYPE_CHECKING:
    from ...sim.training.fix_search import Question
    from ...sim.training.run import Run

T = TypeVar("T")
FRAME = 0.25  # seconds between two looks at runs that go on
AFTER = 10  # updates that a run still makes after all is lost, so that one sees it


@dataclass(frozen=True)
class Records:
    """What both runs have recorded; None without updates, or without fixes."""

    baseline: RunSnapshot | None
    with_fixes: RunSnapshot | None

    @property
    def made(self) -> int:
        """The updates of the longer run."""
        return max(len(run) if run else 0 for run in (self.baseline, self.with_fixes))

    def of(self, scenario: Scenario) -> RunSnapshot | None:
        """The run of a scenario, None if it is neither of the two."""
        both = (self.baseline, self.with_fixes)
        return next((run for run in both if run and same_run(run.scenario, scenario)), None)

    def outdated(self, scenario: Scenario) -> bool:
        """Whether the run as it is belongs to another scenario."""
        return self.baseline is not None and not same_run(self.baseline.scenario, scenario)

    def up_to_date(self, with_fixes: Scenario | None) -> "Records":
        """Without the run with fixes if it belongs to another scenario than this."""
        second = self.with_fixes
        same = second is not None and with_fixes is not None and same_run(second.scenario, with_fixes)
        return self if same else replace(self, with_fixes=None)


Show = Callable[[Records], None]


class Trainings:
    """At most two runs. Every method works in the calling thread, one at a time; raises Cancelled and UserError."""

    def __init__(self, run: "Run | None" = None):
        self._runs: list[Run] = [run] if run is not None else []

    def make(self, baseline: Scenario, with_fixes: Scenario | None, wanted: int, stopped: Stopped, tell: Tell,
             show: Show, until_lost: bool = False) -> Records:  # fmt: skip
        """Both runs with at least `wanted` updates from the same seed and batches; `show` sees them on the way.

        `until_lost` ends early when every parameter of every run is lost, for then all that follows is NaN.
        """
        with one_at_a_time:
            runs = self._both(baseline, with_fixes, stopped, tell)
            shown = time.monotonic()
            while len(behind := min(runs, key=len)) < wanted and not (until_lost and all(map(_lost, runs))):
                self._advance(behind, stopped, tell)
                if time.monotonic() - shown > FRAME:
                    show(_records(runs))
                    shown = time.monotonic()
            return _records(runs)

    def look(self, baseline: Scenario, with_fixes: Scenario | None, update: int, stopped: Stopped, tell: Tell) -> Runs:
        """The passes of one update of both runs, which are made up to there if they are not."""
        with one_at_a_time:
            runs = self._both(baseline, with_fixes, stopped, tell)
            traces = [self._pass(run, update, stopped, tell) for run in runs]
            return Runs(traces[0], traces[1] if with_fixes is not None else None)

    def inspect(self, baseline: Scenario, with_fixes: Scenario | None, update: int, layer: int, step: int,
                stopped: Stopped) -> Views[Inspection]:  # fmt: skip
        """One layer at one step of the pass of an update of both runs; None where a run has none such."""
        from ...sim.training.run_inspection import inspect_update

        return self._views(inspect_update, baseline, with_fixes, update, layer, step, stopped)

    def look_inside(self, baseline: Scenario, with_fixes: Scenario | None, update: int, layer: int, step: int,
                    stopped: Stopped) -> Views[Inside]:  # fmt: skip
        """What is inside it there."""
        from ...sim.training.run_inspection import look_inside_update

        return self._views(look_inside_update, baseline, with_fixes, update, layer, step, stopped)

    def _views(self, look: Callable[..., T], baseline: Scenario, with_fixes: Scenario | None, update: int, layer: int,
                 step: int, stopped: Stopped) -> Views[T]:  # fmt: skip
        with one_at_a_time:
            runs = self._both(baseline, with_fixes, stopped, _silent)
            views: list[T | None] = []
            depth = max(run.scenario.depth for run in runs)
            for run in runs:
                watch = self._watch(run.scenario, "", stopped, _silent)
                own = layer - (depth - run.scenario.depth)
                has = own >= 1 and update < len(run)
                views.append(look(run, update, own, step=step, watch=watch) if has else None)
            return Views(layer, step, views[0], views[1] if with_fixes is not None else None)

    def question(self, scenario: Scenario, stopped: Stopped) -> "Question":
        """What fixes are to be tried for: the failure of a run that went wrong, else its scenario."""
        from ...sim.training.failure import failure_of

        with one_at_a_time:
            run = self._find(scenario)
            watch = self._watch(scenario, "", stopped, _silent)
            return (failure_of(run, watch) if run is not None else None) or scenario

    def save(self, scenario: Scenario, path: Path, patience: float = -1) -> int:
        """Write the run of a scenario with its words to a file; returns its updates, 0 of none.

        Waits until another thread has released it: TimeoutError after so many seconds, never if negative. UserError.
        """
        from ...sim.training.run_file import save_run

        if not one_at_a_time.acquire(timeout=patience):
            raise TimeoutError("its update takes too long")
        try:
            run = self._find(scenario)
            if run is not None:
                save_run(run, path, scenario)
            return len(run) if run is not None else 0
        finally:
            one_at_a_time.release()

    def _find(self, scenario: Scenario) -> "Run | None":
        """The run of a scenario, if it has any updates."""
        return next((run for run in self._runs if len(run) and same_run(run.scenario, scenario)), None)

    def _both(self, baseline: Scenario, with_fixes: Scenario | None, stopped: Stopped, tell: Tell) -> "list[Run]":
        """The runs of both scenarios, those that there are already and new ones; all others are let go first."""
        from ...sim.errors import Cancelled

        if stopped():  # outdated while it waited
            raise Cancelled
        wanted = [baseline, *([with_fixes] if with_fixes is not None else [])]
        kept = [run for run in self._runs if any(same_run(run.scenario, scenario) for scenario in wanted)]
        gone, self._runs = len(self._runs) - len(kept), kept
        if gone:  # their checkpoints lay all over the heap
            give_back_freed_memory()
        return [self._run(scenario, stopped, tell) for scenario in wanted]

    def _run(self, scenario: Scenario, stopped: Stopped, tell: Tell) -> "Run":
        from ...sim.numerics.allocator import keep_freed_memory
        from ...sim.training.run import Run

        keep_freed_memory()
        for run in self._runs:
            if same_run(run.scenario, scenario):
                return run
        watch = self._watch(scenario, "building the network", stopped, tell)
        run = Run(scenario, reporter(tell), watch)
        self._runs.append(run)
        return run

    def _advance(self, run: "Run", stopped: Stopped, tell: Tell) -> None:
        from ...sim.errors import Cancelled

        if stopped():
            raise Cancelled
        run.advance(self._watch(run.scenario, f"update {len(run)}", stopped, tell))

    def _pass(self, run: "Run", update: int, stopped: Stopped, tell: Tell) -> Trace:
        while len(run) <= update:
            self._advance(run, stopped, tell)
        watch = self._watch(run.scenario, f"update {update}", stopped, tell)
        return run.visit(update, watch, spectral=cheap(run.scenario)).trace

    def _watch(self, scenario: Scenario, name: str, stopped: Stopped, tell: Tell) -> Callable[..., None]:
        from ...sim.errors import Cancelled

        return watcher(scenario.depth, name, stopped, tell, Cancelled)


def _lost(run: "Run") -> bool:
    """Whether no parameter was finite during the last updates."""
    bad = run.history.numbers["bad_parameters"]
    return len(bad) >= AFTER and bool((bad[-AFTER:] == 1).all())


def _silent(_text: str) -> None:
    return


def _records(runs: "list[Run]") -> Records:
    snapshots = [run.snapshot() if len(run) else None for run in runs]
    return Records(snapshots[0], snapshots[1] if len(snapshots) > 1 else None)


def same_run(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios have the same training run, whatever they are called and teach."""
    return simulated(one) == simulated(other)
