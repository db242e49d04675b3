"""The mean over the steps of a sequence, (1, batch, features) of (steps, batch, features)."""

from ...ops.steps import MeanStep
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

READ = "Each step gets its share of the gradient at once, so none is far away."
SOURCE = "Lin, Chen & Yan 2014, Network in network, section 3.2; torch.mean"
ALSO = ("mean", "average_step", "mean_pool", "global_average")
SEQUENCE = True
REDUCES = True


def graph(_scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, MeanStep(("in",)))
