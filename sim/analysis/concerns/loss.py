"""The initial loss is far above that of the best constant output, so that the first updates only shrink the output."""

from ...text import format_number
from ..outlook import PassFacts

ORDER = 30
COUNTED = True
NEEDS = ("learns",)
FAR = 1000.0  # measured: 300 updates of Adam at 0.01 learn from 300 times that loss, but not from 3,000
READ = "Standardised targets, or small weights in the readout, let it start near that baseline."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.5"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The loss over that of the best constant output on the same batch, above FAR."""
    best = facts.batch.constant_loss
    if not (best > 0 and facts.loss > FAR * best):
        return None
    ratio = facts.loss / best
    return ratio, f"the loss starts at {format_number(ratio)} times the constant-prediction baseline"
