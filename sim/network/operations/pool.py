"""Pooling: each square of size x size pixels becomes its largest number, or its mean."""

from dataclasses import replace

from ... import registry
from ...numerics.image import Image
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

ALSO = ("pooling", "max_pool", "avg_pool", "subsampling")
READ = "Max pooling sends the gradient to one pixel of the square, average pooling sends each an equal part."
SOURCE = "torch.nn.MaxPool2d, torch.nn.AvgPool2d"
IMAGE = "reads"
KEYS = {
    "mode": {"values": ("max", "average"), "default": "max", "about": "what is left of each square", "also": ("type",)},
    "size": {
        "range": (1, 64), "default": 2, "about": "pixels of a square, each way", "also": ("kernel", "stride"),
        "divides_sides": True,
    },
}  # fmt: skip


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    assert isinstance(fan_in, Image)
    network = scenario.network
    op = registry.load("pools", network.get("mode")).operation("in", fan_in, network.get("size"))
    return single_op(fan_in, replace(op, factor=None))
