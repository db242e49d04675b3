"""Dropout in training mode: numbers become 0 with probability `rate`, drawn anew each pass; others are scaled up."""

from ...ops.dropout import Dropout
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

READ = "The gradient goes only where the signal went, scaled up by as much."
SOURCE = "Srivastava et al. 2014; torch.nn.Dropout"
IMAGE = "keeps"
KEYS = {
    "rate": {"range": (0.0, 0.999), "default": 0.5, "about": "probability that a number becomes 0", "also": ("p",)},
}


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    op = Dropout(("in",), scenario.network.get("rate"))
    return single_op(fan_in, op)
