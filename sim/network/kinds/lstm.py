"""LSTM layer: both products, normalised where there is a norm, go into a cell of four gates."""

from ...ops.lstm_cell import LstmCell
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, Step
from ..graph_parts import in_place_of_tanh
from ..recurrent import recurrent_graph

ALSO = ("long_short_term_memory",)
READ = "Its cell goes on from step to step with the forget gate as the only factor, which is what remembers."
SOURCE = "Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 (forget gate); torch.nn.LSTM"
SEQUENCE = True
STATE = True
KEYS = {
    "recurrent_init": "rnn", "direction": "rnn", "norm_at": "rnn",
    "forget_bias": {
        "read": "At 0 half of the cell is forgotten at each step, and with it half of the gradient; 1 and more "
                "keep it open.",
        "source": "Gers, Schmidhuber & Cummins 2000, Learning to forget; Jozefowicz, Zaremba & Sutskever 2015",
        "range": (-1000.0, 1000.0), "default": None, "after": "bias", "label": "forget bias",
        "about": "bias of an lstm's forget gate", "also": ("forget_gate_bias",),
        "lacking": "only an lstm has a forget gate, and the kind is {kind}",
    },
}  # fmt: skip
BLOCKS = 4
GATES = "sigmoid gates"
FORGET_BLOCK = 1


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """One layer's operations."""
    replaced, forget = in_place_of_tanh(scenario), (FORGET_BLOCK, scenario.network.own("forget_bias"))

    def cell(input_product: str, recurrent_product: str) -> tuple[Step, ...]:
        return ((("cell", "hidden"), LstmCell((recurrent_product, input_product, "cell@-1"), *replaced)),)

    return recurrent_graph(scenario, fan_in, BLOCKS, ("hidden", "cell"), cell, forget)
