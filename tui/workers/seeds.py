"""The same pass drawn anew with other seeds, to see what of it is luck. Imports numba only when it runs."""

import time
from collections.abc import Callable, Mapping

from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Trace
from ...sim.scenario.quantities import only_of_weights
from ...sim.scenario.scenario import Scenario
from ..charts.catalog import DEFAULT
from ..charts.spread import Spread
from .passes import BREATH, one_at_a_time
from .threads import Stopped

SEEDS = 20
ROOM = 2e8  # bytes that the numbers of all seeds may take


def over_seeds(scenario: Scenario, stopped: Stopped, count: int = SEEDS,
               tell: Callable[[int], None] = lambda _: None) -> Spread:  # fmt: skip
    """The pass with so many seeds, the scenario's own first; `tell` hears of each. Raises Cancelled and UserError."""
    from ...sim.errors import Cancelled
    from ...sim.simulation import simulate

    def watch(*_: object) -> None:
        if stopped():
            raise Cancelled

    verdicts, profiles = [], []
    for done in range(count):
        with one_at_a_time:  # a run that a key asks for comes between two of these
            watch()
            trace = simulate(scenario.edit({"seed": scenario.seed + done}), watch=watch)
        verdicts.append(trace.verdict)
        profiles.append(_profiles(trace, count))
        tell(done + 1)
        time.sleep(BREATH)
    return Spread(tuple(verdicts), tuple(profiles))


def _profiles(trace: Trace, count: int) -> Mapping[str, Floats]:
    """All quantities, those of weights as at one step; or of large networks the gradient alone."""
    by_layer = {name: trace.weights[name][:, None] for name in only_of_weights() if name in trace.weights}
    tables = {**trace.profile, **by_layer}
    whole = count * sum(values.nbytes for values in tables.values())
    return tables if whole <= ROOM else {DEFAULT: trace.profile[DEFAULT]}
