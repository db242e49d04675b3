"""Both runs, as it is and with fixes. Imports numba only when it runs."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ...sim.results.histogram import Inspection
from ...sim.results.inside import Inside
from ...sim.results.trace import Trace
from ...sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from .prefetch import Ahead
    from .threads import Stopped

Tell = Callable[[str], None]
T = TypeVar("T")
Seen = TypeVar("Seen", covariant=True)


class Look(Protocol[Seen]):
    """A function that examines a layer at a step, in a pass of its own: its histograms, or its inside."""

    def __call__(self, scenario: Scenario, layer: int, *, step: int, watch: Callable[..., None]) -> Seen:
        """The result; raises Cancelled and UserError."""


CHEAP = 2e7  # layers x width^3 up to which singular values are measured, some 0.1 s
SOON = 0.1  # seconds after which what is of other runs is dimmed
KNOWN = 12  # traces kept, so that a fix that was on before answers without a new pass
BREATH = 0.002  # seconds in which whoever waits for the lock gets it
PATIENCE = 0.3  # seconds before a run says how far it is, and between two such reports
one_at_a_time = threading.Lock()  # a run that is being stopped and its successor never share the memory


@dataclass(frozen=True)
class Runs:
    """The traces of a scenario as it is and with fixes (None if no fix is on)."""

    baseline: Trace
    with_fixes: Trace | None

    @property
    def steps(self) -> int:
        """The time steps of the longer sequence."""
        return max(self.baseline.steps, self.with_fixes.steps if self.with_fixes else 1)

    def up_to_date(self, scenario: Scenario, with_fixes: Scenario | None) -> "Runs | None":
        """None if they belong to another scenario; without the trace with fixes if that does."""
        if self.baseline.scenario != scenario:
            return None
        second = self.with_fixes
        return self if second is None or second.scenario == with_fixes else replace(self, with_fixes=None)


@dataclass(frozen=True)
class Views(Generic[T]):
    """One layer of both runs at one step, examined; None where a run has no such layer or step."""

    layer: int
    step: int
    baseline: T | None
    with_fixes: T | None


class Known:
    """Traces that are there, so that one that is wanted again needs no new pass; shared by threads."""

    def __init__(self, *traces: Trace):
        self.traces = traces
        self.ahead: Ahead | None = None  # has the first ones, perhaps
        self.wanted: tuple[Scenario | None, ...] = ()  # whose pass goes on, though it was asked for by who is gone

    def find(self, scenario: Scenario) -> Trace | None:
        """The trace of a scenario, if it is there."""
        return next((trace for trace in self.traces if trace.scenario == scenario), None)

    def receive(self, given_up: "Stopped", tell: Tell) -> None:
        """Wait for what another process makes, unless that is given up."""
        ahead, self.ahead = self.ahead, None
        for trace in ahead.traces(given_up, tell) if ahead is not None else ():
            self.add(trace)

    def add(self, trace: Trace) -> None:
        """One more, and the oldest goes."""
        self.traces = (trace, *(known for known in self.traces if known.scenario != trace.scenario))[:KNOWN]


def run_both(baseline: Scenario, with_fixes: Scenario | None, known: Known, stopped: "Stopped", tell: Tell) -> Runs:
    """Simulate what is not known; raises Cancelled and UserError. A pass that is still wanted is not stopped."""

    def one(scenario: Scenario, name: str) -> Trace:
        def given_up() -> bool:
            return stopped() and not any(scenario is wanted for wanted in known.wanted)

        known.receive(given_up, tell)
        if (trace := known.find(scenario)) is not None:
            return trace
        if given_up():
            raise _cancelled()
        from ...sim.errors import Cancelled
        from ...sim.numerics.allocator import keep_freed_memory
        from ...sim.simulation import simulate

        keep_freed_memory()

        watch = watcher(scenario.depth, name, given_up, tell, Cancelled)
        trace = simulate(scenario, watch=watch, report=reporter(tell), spectral=cheap(scenario))
        known.add(trace)
        return trace

    with one_at_a_time:
        if stopped():  # outdated while it waited
            raise _cancelled()
        return Runs(one(baseline, "as it is"), one(with_fixes, "with fixes") if with_fixes else None)


def cheap(scenario: Scenario) -> bool:
    """Whether the singular values of all recurrent weights take less than a blink."""
    recurrent = [table for table in scenario.tables if table.metadata.get("STATE")]
    return bool(recurrent) and scenario.depth * max(table.width for table in recurrent) ** 3 <= CHEAP


def prepare(scenario: Scenario, stopped: "Stopped") -> None:
    """Import, and load or compile, what the next passes will need: of this scenario, and with each fix of the panel."""
    from ...sim.numerics.kernel_store import cache_folder
    from ...sim.scenario.fix_menu import fixes
    from ...sim.scenario.fixing import apply_fixes, obstacle
    from ...sim.simulation import compile_for

    apply = [fix.name for fix in fixes() if cache_folder().path and not obstacle(fix.name, scenario)]
    for names in ((), *((name,) for name in apply)):
        with one_at_a_time:
            if stopped():
                return
            compile_for(apply_fixes(scenario, names))
        time.sleep(BREATH)
    with one_at_a_time:
        _keep_imports()


@cache
def _keep_imports() -> None:
    """Once in a process: what was imported stays, and to look through it for garbage would hold up a key."""
    gc.collect()
    gc.freeze()


def view_both(runs: Runs, layer: int, step: int, stopped: "Stopped") -> Views[Inspection]:
    """The histograms of one layer and step of both runs; raises Cancelled and UserError."""
    from ...sim.simulation import inspect_layer

    return _both(inspect_layer, runs, layer, step, stopped)


def look_inside_both(runs: Runs, layer: int, step: int, stopped: "Stopped") -> Views[Inside]:
    """What is inside one layer at one step of both runs; raises Cancelled and UserError."""
    from ...sim.simulation import look_inside

    return _both(look_inside, runs, layer, step, stopped)


def _both(look: Look[T], runs: Runs, layer: int, step: int, stopped: "Stopped") -> Views[T]:
    from ...sim.errors import Cancelled

    depth = max(trace.depth for trace in (runs.baseline, runs.with_fixes) if trace is not None)

    def one(trace: Trace | None) -> T | None:
        if trace is None or trace.scenario is None:
            return None
        # a run with fewer layers or steps ends where the other does
        layer_there, step_there = layer - (depth - trace.depth), step - (runs.steps - trace.steps)
        if layer_there < 1 or step_there < 1:
            return None
        watch = watcher(trace.depth, "", stopped, _silent, Cancelled)
        return look(trace.scenario, layer_there, step=step_there, watch=watch)

    with one_at_a_time:
        if stopped():
            raise Cancelled
        return Views(layer, step, one(runs.baseline), one(runs.with_fixes))


def reporter(tell: Tell) -> Callable[[int, int], None]:
    """A function that says how far numba is; not of kernels from the cache, which come at once."""
    start = time.monotonic()

    def report(done: int, total: int) -> None:
        if time.monotonic() - start > PATIENCE:
            tell(f"compiling kernels {done}/{total}, first run only")

    return report


def watcher(depth: int, name: str, stopped: "Stopped", tell: Tell, cancelled: type[Exception]) -> Callable[..., None]:
    """A function that follows a pass layer by layer: reports now and then, and stops it when asked."""
    last = time.monotonic()

    def watch(phase: str, layer: int, _part: object) -> None:
        nonlocal last
        if stopped():
            raise cancelled
        if time.monotonic() - last > PATIENCE:
            last = time.monotonic()
            tell(f"simulating {name}: {phase.removeprefix('within ')}, layer {layer} of {depth}")

    return watch


def _cancelled() -> Exception:
    from ...sim.errors import Cancelled

    return Cancelled()


def _silent(_text: str) -> None:
    return
