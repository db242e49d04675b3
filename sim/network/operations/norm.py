"""A norm by itself, with its learnable parameters."""

from ...scenario.scenario import Scenario
from ..graph import LayerGraph
from ..graph_parts import normalize

READ = "It sets the size of what goes through, and divides the gradient by what that was."
SOURCE = "Ba, Kiros & Hinton 2016, Layer normalization"
ALSO = ("normalisation", "normalization", "layer_norm")
IMAGE = "keeps"
KEYS = {"norm": {"menu": "norms", "default": "layer", "about": "which norm"}}
REFUSES = {"norms": ("none",)}


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """Its operation."""
    return LayerGraph(fan_in, ((("activation",), normalize(scenario, "in", fan_in)),), "activation", ())
