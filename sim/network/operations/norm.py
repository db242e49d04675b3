"""A norm with its learned parameters, as a layer by itself."""

from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op
from ..graph_parts import normalize

READ = "It sets the size of the signal, and divides the gradient by the size that came in."
SOURCE = "Ba, Kiros & Hinton 2016, Layer normalization"
ALSO = ("normalisation", "normalization", "layer_norm")
IMAGE = "keeps"
KEYS = {"norm": {"menu": "norms", "default": "layer", "about": "which norm"}}
REFUSES = {"norms": ("none",)}


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, normalize(scenario, "in", fan_in))
