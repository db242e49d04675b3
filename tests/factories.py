"""Traces made by hand, for tests that need no simulator."""

from collections.abc import Sequence

import numpy as np

from gradsim.sim.results.trace import PROFILE, WEIGHTS, Trace, Verdict
from gradsim.sim.scenario.scenario import Scenario
from gradsim.sim.scenario.schema import Kind


def made_trace(values: Sequence[float], kind: Kind = "vanishing", steps: int = 1) -> Trace:
    """A trace in which every profile holds the same values by layer, at every step."""
    column = np.repeat(np.asarray(values, dtype=np.float64)[:, None], steps, axis=1)
    weights = dict.fromkeys(WEIGHTS, column[:, 0])
    verdict = Verdict(kind, float(column[0, 0]), 0.5, "made by hand")
    return Trace(Scenario(), verdict, 1.0, dict.fromkeys(PROFILE, column), weights, np.ones(steps))
