"""GRU layer: a reset gate, an update gate and a candidate state; a norm within the cell is of both products."""

from ...ops.gru_cell import GruCell
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, Node
from ..graph_parts import in_place_of_tanh
from ..recurrent import recurrent_graph

ALSO = ("gated_recurrent_unit",)
READ = "Its update gate lets a share of the old state, and of its gradient, past the weights."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder; torch.nn.GRU"
SEQUENCE = True
STATE = True
KEYS = {"recurrent_init": "rnn", "direction": "rnn", "norm_at": "rnn"}
BLOCKS = 3
GATES = "sigmoid gates"


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one layer."""
    replaced = in_place_of_tanh(scenario)

    def cell(input_product: str, recurrent_product: str) -> tuple[Node, ...]:
        return ((("hidden",), GruCell((recurrent_product, input_product, "hidden@-1"), *replaced)),)

    return recurrent_graph(scenario, fan_in, BLOCKS, ("hidden",), cell)
