"""Block: several layers as one row, with a skip around them."""

from ...scenario.scenario import Scenario
from ...scenario.schema import leaves
from ..composition import in_a_row
from ..graph import LayerGraph
from ..graph_parts import has_residual, skip
from ..layers import layer_graph

ALSO = ("residual_block", "sequential", "stage")
READ = "The skip gives the gradient a way past everything in it."
SOURCE = "He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition, figure 2"
HOLDS = True
KEYS = {"skip": {"menu": "skips", "default": "none", "about": "skip round the whole block"}}


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graphs of the block's layers as one, with a skip around them if input and output have the same width."""
    graphs: list[tuple[str, LayerGraph]] = []
    width = fan_in
    for name, leaf in leaves(scenario, fan_in):
        graphs.append((name, layer_graph(leaf, width)[0]))
        width = graphs[-1][1].width
    around = skip(scenario, "branch", "activation") if has_residual(scenario, fan_in, width) else ()
    return in_a_row(graphs, "activation", around)
