"""An activation as a layer by itself."""

from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op
from ..graph_parts import activation

READ = "It has no weights; with it a layer can be put together from its parts."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.3"
ALSO = ("nonlinearity",)
IMAGE = "keeps"
KEYS = {"activation": {"menu": "activations", "default": "tanh", "about": "nonlinearity"}}


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, activation(scenario, "in"))
