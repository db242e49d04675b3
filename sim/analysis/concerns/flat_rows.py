"""A norm's input has next to no spread, as in rows of padding, and the gradient is multiplied by 1 / sqrt(eps)."""

import math

import numpy as np

from ...scenario.quantities import quantities
from ...scenario.schema import entries
from ...text import format_number
from ..outlook import PassFacts

ORDER = 20
COUNTED = False
SYMPTOM = "flat_rows"
NEEDS = ("has_norm",)
NEAR = 0.5  # of 1 / sqrt(eps); the spread is then at most 1.7 sqrt(eps)
READ = "Where there is no spread a norm multiplies the gradient by up to 1 / sqrt(eps)."
SOURCE = "Ioffe & Szegedy 2015, Batch normalization, algorithm 1; torch.nn.LayerNorm"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The largest factor of a norm, if the gradient explodes and the factor is near 1 / sqrt(eps)."""
    of_norms = [
        facts.profile[name] for name, one in quantities().items() if one.factor_of == "norm" and name in facts.profile
    ]
    if facts.verdict.kind not in ("exploding", "nonfinite") or not of_norms:
        return None
    by_layer = np.where(np.isfinite(of_norms), of_norms, 0.0).max(axis=(0, 2))
    norms = (one.network.norm.parameters.get("eps") for _, one in entries(facts.scenario))
    eps = min((float(value) for value in norms if isinstance(value, float | int)), default=0.0)
    layer, factor = int(by_layer.argmax()) + 1, float(by_layer.max())
    if not eps > 0 or factor < NEAR / math.sqrt(eps):
        return None
    most = 1 / math.sqrt(eps)
    return factor, (f"at layer {layer} a norm multiplies the gradient by {format_number(factor)}, and with its eps of "
                    f"{eps:g} the most is {format_number(most)}: what it divides has no spread")  # fmt: skip
