"""The last states of both directions of a bidirectional layer, concatenated."""

from ...ops.steps import LastOfEach
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, single_op

ALSO = ("last_states", "final_states", "last_of_each", "h_n")
SOURCE = "h_n of torch.nn.RNN; Keras's Bidirectional without return_sequences"
READ = "By then each direction has read the whole sequence, which is what an encoder passes on."
SEQUENCE = True
REDUCES = True
OF_BOTH = True  # the layer before it must be bidirectional


def graph(_scenario: Scenario, fan_in: int) -> LayerGraph:
    """The operation as a layer's graph."""
    return single_op(fan_in, LastOfEach(("in",)))
