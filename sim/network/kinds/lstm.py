"""LSTM layer: a cell state with input, forget and output gates; a norm within the cell is of both products."""

from ...ops.lstm_cell import LstmCell
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, Node
from ..graph_parts import in_place_of_tanh
from ..recurrent import recurrent_graph

ALSO = ("long_short_term_memory",)
READ = "From step to step its cell is multiplied by nothing but the forget gate, which is how it remembers."
SOURCE = "Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 (forget gate); torch.nn.LSTM"
SEQUENCE = True
STATE = True
KEYS = {
    "recurrent_init": "rnn", "direction": "rnn", "norm_at": "rnn",
    "forget_bias": {
        "read": "At 0 half of the cell is forgotten at each step, and half of the gradient with it; 1 or more keeps "
                "the gate open.",
        "source": "Gers, Schmidhuber & Cummins 2000, Learning to forget; Jozefowicz, Zaremba & Sutskever 2015",
        "range": (-1000.0, 1000.0), "default": None, "after": "bias", "label": "forget bias",
        "about": "bias of the lstm's forget gate", "also": ("forget_gate_bias",),
        "lacking": "only an lstm has a forget gate, and the kind is {kind}",
    },
}  # fmt: skip
BLOCKS = 4
GATES = "sigmoid gates"
FORGET_BLOCK = 1


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one layer."""
    replaced, forget_bias = in_place_of_tanh(scenario), scenario.network.get("forget_bias")
    constant_bias = None if forget_bias is None else (FORGET_BLOCK, forget_bias)

    def cell(input_product: str, recurrent_product: str) -> tuple[Node, ...]:
        return ((("cell", "hidden"), LstmCell((recurrent_product, input_product, "cell@-1"), *replaced)),)

    return recurrent_graph(scenario, fan_in, BLOCKS, ("hidden", "cell"), cell, constant_bias)
