"""What of a verdict is luck."""

import math

from gradsim.sim.results.trace import Verdict
from gradsim.sim.scenario.file import make_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.state.spread import spread
from gradsim.tui.workers.seeds import over_seeds

SCENARIO = make_scenario({"network": {"depth": 3, "width": 8}, "data": {"batch": 4}, "seed": 5})


def verdict(ratio: float, kind: str = "healthy") -> Verdict:
    return Verdict(kind, ratio, 1.0, "")  # type: ignore[arg-type]


def test_median_and_quartiles_of_the_ratio_and_the_verdicts() -> None:
    assert spread([verdict(r) for r in (1.0, 2.0, 3.0, 4.0, 5.0)]) == (
        "5 seeds: R is 3.00 (median), half of them 2.00 to 4.00; all healthy"
    )
    mixed = spread([verdict(0.5), verdict(math.nan, "nonfinite"), verdict(0.5)])
    assert mixed == "3 seeds: R is 0.50 (median), half of them 0.50 to 0.50; 2 healthy, 1 nonfinite"
    assert spread([verdict(math.nan, "nonfinite")]) == "1 seeds: all nonfinite"
    assert spread([]) == ""


def test_seeds_are_the_scenario_s_own_and_those_after_it() -> None:
    verdicts = over_seeds(SCENARIO, lambda: False, 3).verdicts
    alone = [simulate(SCENARIO.edit({"seed": seed})).verdict for seed in (5, 6, 7)]
    assert [one.ratio for one in verdicts] == [one.ratio for one in alone]
    assert len({one.ratio for one in verdicts}) == 3
