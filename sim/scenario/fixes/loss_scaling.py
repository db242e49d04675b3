"""loss scaling

The loss is multiplied by 65536 before the backward pass and the gradients are divided by it before the update; the
scale is halved when a gradient overflows and doubled after 2000 updates without.
"""

from typing import Any

from ...numerics.number_format import small_range
from ..scenario import Scenario

ALSO = ("loss_scale", "grad_scaler", "amp", "mixed_precision")
ORDER = 76
CURES = "Gradients too small for float16: scaled with the loss, they stay within its range."
CURES_KINDS = ("underflow", "loss_scale")
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2; torch.amp.GradScaler"


def changes(_scenario: Scenario) -> dict[str, Any]:
    """The loss scale becomes dynamic."""
    return {"precision.loss_scale": "dynamic"}


def obstacle(scenario: Scenario) -> str:
    """A format with float32's range has room for small gradients, and a scale adds none."""
    form = scenario.precision.format
    if not small_range(form):
        return f"{form} reaches far below any gradient worth an update; a scale only shifts that"
    return "the loss scale is dynamic already" if scenario.adjusts_loss_scale else ""
