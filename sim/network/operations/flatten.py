"""Flattening: an image as plain features, channel by channel and row by row."""

from ...ops.flatten import Flatten
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

ALSO = ("reshape", "view")
READ = "No number changes, only their order."
SOURCE = "torch.nn.Flatten"
IMAGE = "ends"


def graph(_scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, Flatten(("in",)))
