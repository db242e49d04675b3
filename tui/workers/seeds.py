"""The same pass drawn anew with other seeds, to see what of it is luck. Imports numba only when it runs."""

import time

from ...sim.results.trace import Verdict
from ...sim.scenario.scenario import Scenario
from .passes import BREATH, one_at_a_time
from .threads import Stopped

SEEDS = 20


def over_seeds(scenario: Scenario, stopped: Stopped, count: int = SEEDS) -> tuple[Verdict, ...]:
    """The verdicts of so many seeds, the scenario's own first; raises Cancelled and UserError."""
    from ...sim.errors import Cancelled
    from ...sim.simulation import simulate

    def watch(*_: object) -> None:
        if stopped():
            raise Cancelled

    found = []
    for seed in range(scenario.seed, scenario.seed + count):
        with one_at_a_time:  # a run that a key asks for comes between two of these
            watch()
            found.append(simulate(scenario.edit({"seed": seed}), watch=watch).verdict)
        time.sleep(BREATH)
    return tuple(found)
