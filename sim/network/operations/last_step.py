"""The last step of a sequence, (1, batch, features) of (steps, batch, features)."""

from ...ops.steps import LastStep
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

READ = "All gradient enters the sequence at its end, so the first steps are the farthest from it."
SOURCE = "Elman 1990, Finding structure in time; torch: h[-1]"
ALSO = ("last", "final_step", "take_last")
SEQUENCE = True
REDUCES = True
LAST = True  # of the sequence it reads the last step only


def graph(_scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, LastStep(("in",)))
