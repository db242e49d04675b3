"""What concerns look at: numbers of one pass that the profile of its layers does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..numerics.arrays import Array, Floats
from ..results.trace import Verdict
from ..scenario.scenario import Scenario


@dataclass(frozen=True)
class PassFacts:
    """Of one pass; sizes of single samples are (batch,), and () where there is time.

    `constant_loss` is that of the best constant output on the batch, nan of a probe; `target` and `output` are those
    of a regression, else None. `entered` is the input's last step and `left` h_L's, both (batch, features).
    """

    scenario: Scenario
    verdict: Verdict
    profile: Mapping[str, Floats]
    loss: float
    constant_loss: float
    input_rms: float
    input_square: float  # the mean of a sample's squared length, all steps together
    entered: Array
    left: Array
    target: Array | None
    output: Array | None
    first_gradients: Floats  # ||dL_i/dh_1||
    last_gradients: Floats  # ||dL_i/dh_L||
