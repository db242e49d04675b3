"""Convolutional block: one convolution, norm and activation, or the two of a residual net, in either order."""

from dataclasses import replace
from typing import Any

import numpy as np

from ...numerics.arrays import Array
from ...numerics.image import Image
from ...ops.base import Parameter
from ...ops.conv import Conv
from ...scenario.choice import Choice
from ...scenario.scenario import Scenario
from ..graph import LayerGraph
from ..graph_parts import (
    INPUT_WEIGHTS,
    Nodes,
    activation,
    factor_rounding,
    has_residual,
    init_context,
    initial_matrices,
    skip,
)

ALSO = ("cnn", "convolution", "convolutional", "conv2d", "resnet", "convnet", "lenet")
READ = "Each pixel sees only its neighbours, through a few weights that are the same at every pixel."
SOURCE = "torch.nn.Conv2d; He, Zhang, Ren & Sun 2016a, figure 2, and 2016b, figure 1"
IMAGE = "reads"
DEFAULTS = {"init": "he_normal"}
REFUSES = {"init": ("delay_line", "spectral_radius")}
KEYS = {
    "kernel": {
        "read": "With each layer a pixel depends on a wider neighbourhood, and its gradient reaches one as wide.",
        "source": "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition",
        "range": (1, 31), "default": 3, "after": "width", "about": "pixels that a convolution looks at, each way; odd",
        "also": ("kernel_size", "filter_size", "ksize"), "odd": True,
        "lacking": "{a_kind} has no convolution",
    },
    "padding": {
        "read": "Zeros take away some of the signal at the edges, and more of it with every layer.",
        "source": "Xiao, Bahri, Sohl-Dickstein, Schoenholz & Pennington 2018, Dynamical isometry of CNNs",
        "values": ("circular", "zeros"), "default": "circular", "after": "width",
        "about": "what lies beyond the edge: the other side, or zeros", "also": ("padding_mode", "pad", "border"),
        "lacking": "{a_kind} has no convolution",
    },
    "order": {
        "read": "With both activations inside the branch nothing stands on the skip.",
        "source": "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks",
        "values": ("plain", "resnet", "preactivation"), "default": "plain", "after": "width",
        "about": "one convolution, norm and activation; or two as in residual nets, the skip's sum before the last "
                 "activation or after it",
        "also": ("block_type", "block", "architecture", "variant"), "lacking": "{a_kind} has one order",
    },
    "pool": {
        "read": "Each halving leaves a quarter of the pixels; the gradient goes to those that the output came from.",
        "source": "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition",
        "menu": "pools", "default": "none", "after": "width", "about": "how height and width are halved",
        "halves": "every",
        "also": ("pooling", "downsample", "subsampling"), "lacking": "{a_kind} has no image to make smaller",
    },
}  # fmt: skip
# (key, value) with which the norm is the block's first operation; and with which the weights' factor is smaller, why
NORM_FIRST = (("order", "preactivation"),)
LOSES = {("padding", "zeros"): "with zeros beyond the edge"}


def variant(scenario: Scenario, number: int) -> tuple[Scenario, int]:
    """The scenario of block `number` (from 1), with pooling in every k-th only, and how many from it on share it."""
    network = scenario.network
    pool: Choice = network.get("pool")
    if not pool.entry.metadata["ACTIVE"]:
        return scenario, network.depth
    every: Any = pool.parameters["every"]
    if number % every == 0:
        return scenario, 1
    without = network.model_copy(update={"pool": replace(pool, name="none", overrides=())})
    return scenario.model_copy(update={"network": without}), every - number % every


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one block."""
    assert isinstance(fan_in, Image)
    block = _Block(scenario, fan_in)
    return {"plain": block.plain, "resnet": block.resnet, "preactivation": block.preactivation}[
        scenario.network.get("order")
    ]()


class _Block:
    """Builds the graph of a block; the value of the last operation is its output."""

    def __init__(self, scenario: Scenario, image: Image):
        self.scenario, self.network, self.in_image = scenario, scenario.network, image
        self.pool: Choice = self.network.get("pool")
        self.stride = int(self.pool.entry.metadata.get("STRIDE", 1))
        _, height, width = image.shape
        self.image = Image(self.network.width, (height - 1) // self.stride + 1, (width - 1) // self.stride + 1)
        self.residual = has_residual(scenario, image, self.image)
        self.nodes = Nodes()
        self.dumped: dict[str, str] = {}

    def plain(self) -> LayerGraph:
        """One convolution; each of its operations is a chain-rule factor by itself."""
        value = self.norm(1, self.conv(1, "in", "weight", last=True), self.image, "norm")
        self.add_skip(self.nodes.add("branch", activation(self.scenario, value)))
        pools = self.add_pool("pool")
        return self.build("", "slope", "norm", "weight", *["pool"] * pools)

    def resnet(self) -> LayerGraph:
        """Two convolutions, with the last activation after the skip's sum (He et al. 2016a)."""
        value = self.norm(1, self.conv(1, "in"), self.image)
        value = self.conv(2, self.nodes.add("between", activation(self.scenario, value, None, 1)), last=True)
        value = self.add_skip(self.norm(2, value, self.image))
        self.nodes.add("after", activation(self.scenario, value, None, 2))
        self.add_pool()
        return self.build("block")

    def preactivation(self) -> LayerGraph:
        """Two convolutions, each after a norm and an activation; the output is the skip's sum (He et al. 2016b)."""
        value = self.nodes.add("before", activation(self.scenario, self.norm(1, "in", self.in_image), None, 1))
        value = self.norm(2, self.conv(1, value), self.image)
        self.add_skip(self.conv(2, self.nodes.add("between", activation(self.scenario, value, None, 2)), last=True))
        self.add_pool()
        return self.build("block")

    def conv(self, number: int, source: str, factor: str | None = None, last: bool = False) -> str:
        """Add convolution `number` (from 1; the first reads the block's image); the `last` one ends the branch."""
        name, image = f"preactivation{number}", self.in_image if number == 1 else self.image
        params = self.parameters(number, image.channels, last)
        stride = self.stride if number == 1 else 1
        op = Conv((source,), params, image, self.network.get("padding") == "circular", stride, factor,
                  factor_rounding(self.scenario))  # fmt: skip
        self.dumped[name] = name
        return self.nodes.add(name, op)

    def parameters(self, number: int, channels: int, last: bool) -> tuple[Parameter, Parameter]:
        """Weight (width, channels, size, size) and bias (width,) of convolution `number`."""
        scenario, network, width = self.scenario, self.network, self.network.width
        size: int = network.get("kernel")
        stem, taps = f"conv{number}", size**2
        context = replace(init_context(scenario, channels * taps, self.residual), taps=taps)
        context = context if last else replace(context, residual=False)
        centre = bool(network.init.entry.metadata.get("CENTRE"))
        purpose, columns = INPUT_WEIGHTS if number == 1 else f"{stem}.weight", channels * (1 if centre else taps)
        weights = initial_matrices(scenario, network.init, purpose, (width, columns), [context], of_input=number == 1)
        biases = initial_matrices(scenario, network.bias, f"{stem}.bias", (width, 1), [context])

        def kernels(number: int) -> Array:
            if not centre:
                return weights(number).reshape(width, channels, size, size)
            kernel: Array = np.zeros((width, channels, size, size))
            kernel[..., size // 2, size // 2] = weights(number)
            return kernel

        weight = Parameter(f"{stem}.weight", (width, channels, size, size), kernels, matrices=(f"{stem}_",))
        return weight, Parameter(f"{stem}.bias", (width,), lambda number: biases(number)[:, 0])

    def norm(self, number: int, source: str, image: Image, factor: str | None = None) -> str:
        """Add norm `number`, if the scenario has a norm."""
        return self.nodes.add_norm(self.scenario, source, f"normalised{number}", image, f"norm{number}", factor)

    def add_skip(self, branch: str) -> str:
        """Add the sum of a branch and the block's input, if there is a skip and their shapes agree."""
        if not self.residual:
            return branch
        self.nodes += skip(self.scenario, branch, "sum")
        return "sum"

    def add_pool(self, factor: str | None = None) -> bool:
        """Add pooling of the block's last value, if the scenario pools and not by a stride; returns whether it does."""
        if not self.pool.entry.metadata["ACTIVE"] or "STRIDE" in self.pool.entry.metadata:
            return False
        ((value,), _) = self.nodes[-1]
        self.nodes.add("pooled", replace(self.pool.load().operation(value, self.image), factor=factor))
        return True

    def build(self, word: str, *factors: str) -> LayerGraph:
        """The graph; `word` is the block's in the chain of factors, "" if its operations are factors by themselves."""
        ((last,), op) = self.nodes[-1]
        self.nodes[-1] = ("activation",), op
        dumped = {name: "activation" if value == last else value for name, value in self.dumped.items()}
        return LayerGraph(
            self.in_image, tuple(self.nodes), "activation", (dumped["preactivation1"],), factors,
            spans=((word, "block_factor", "in", "activation"),), dumped={**dumped, "activation": "activation"},
        )  # fmt: skip
