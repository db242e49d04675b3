"""Vanilla recurrent layer: h_t = activation(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)."""

from ...ops.add import Add
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, Node
from ..graph_parts import activation
from ..recurrent import recurrent_graph

ALSO = ("elman", "vanilla", "vanilla_rnn", "simple_rnn", "recurrent")
READ = "The same weights act at every step, so over time they multiply the gradient again and again."
SOURCE = "Elman 1990, Finding structure in time; torch.nn.RNN, with any activation"
SEQUENCE = True
STATE = True
KEYS = {
    "recurrent_init": {
        "read": "The same matrix acts at every step, so its spectral radius decides what is left after many.",
        "source": "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, "
                  "section 2.1",
        "menu": "inits", "default": "torch_default", "after": "init", "label": "recurrent", "named": "always",
        "about": "initial recurrent weights, W_hh (torch_default)",
        "lacking": "{a_kind} has no recurrent weights", "also": ("recurrent_initializer", "hidden_init"),
    },
    "direction": {
        "read": "Each direction has weights of its own; with both, no step is further than half the sequence from an "
                "end.",
        "source": "Schuster & Paliwal 1997, Bidirectional recurrent neural networks",
        "values": ("forward", "both"), "default": "forward", "after": "width", "facts": {"both": {"DIRECTIONS": 2}},
        "about": "which way a layer reads the sequence; with both, two outputs stand side by side",
        "lacking": "{a_kind} does not read a sequence step by step", "also": ("bidirectional", "directions"),
    },
    "norm_at": {
        "read": "Within the cell it acts on the path from step to step; on the output it leaves the path through "
                "time alone.",
        "source": "Ba, Kiros & Hinton 2016, Layer normalization, section 3.1",
        "values": ("cell", "output"), "default": "cell", "after": "norm", "label": "norm at", "named": "never",
        "facts": {"output": {"NORM_ON_OUTPUT": True}},
        "about": "where a recurrent layer has its norm: within the cell, or on its output",
        "lacking": "{a_kind} has its norm before the activation", "also": ("norm_position", "norm_place"),
    },
}  # fmt: skip
BLOCKS = 1


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one layer."""

    def cell(input_product: str, recurrent_product: str) -> tuple[Node, ...]:
        added = Add((recurrent_product, input_product), "sum of products", ("recurrent", "input"))
        return (("preactivation",), added), (("hidden",), activation(scenario, "preactivation"))

    return recurrent_graph(scenario, fan_in, BLOCKS, ("hidden",), cell)
