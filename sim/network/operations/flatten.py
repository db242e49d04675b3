"""Flattening: an image as plain features, channel by channel and row by row."""

from ...ops.flatten import Flatten
from ...scenario.scenario import Scenario
from ..graph import LayerGraph

ALSO = ("reshape", "view")
READ = "No number changes, only their order."
SOURCE = "torch.nn.Flatten"
IMAGE = "ends"


def graph(_scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return LayerGraph(fan_in, ((("activation",), Flatten(("in",))),), "activation", ())
