"""The loss starts far above that of the best constant output: the first updates only bring the outputs down."""

from ...text import format_number
from ..outlook import PassFacts

ORDER = 30
COUNTED = True
NEEDS = ("learns",)
FAR = 1000.0  # measured: in 300 updates Adam at 0.01 brings 300 times down to what counts as learning, 3,000 not
READ = "Standardised targets, or small weights in the readout, let it start near that baseline."
SOURCE = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.5"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The loss over that of the best constant output on the same batch."""
    best = facts.batch.constant_loss
    if not (best > 0 and facts.loss > FAR * best):
        return None
    ratio = facts.loss / best
    return ratio, f"the loss starts at {format_number(ratio)} times the constant-prediction baseline"
