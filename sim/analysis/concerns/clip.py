"""Clipping by norm overflows: the squares of the gradient are inf, and the clipped gradient 0."""

import numpy as np

from ...registry import entry
from ...text import format_number
from ..outlook import PassFacts

ORDER = 13
COUNTED = True
NEEDS = ("clips_as_one",)
READ = "A norm that overflows is inf, and what is divided by it is 0: smaller weights help, no threshold does."
SOURCE = "torch.nn.utils.clip_grad_norm_"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The norm of all weight matrices' gradients, if it is finite and its square is not in the format's carrier."""
    carrier = np.dtype(entry("formats", facts.scenario.precision.format).metadata["CARRIER"])
    names = {f"{matrix}gradient_norm" for matrix in facts.batch.matrices}
    of_matrices = (norms for name, norms in facts.weights.items() if name in names)
    norm = float(np.hypot.reduce(np.nan_to_num(np.concatenate([np.zeros(1), *of_matrices]), nan=0.0)))
    if not np.sqrt(np.finfo(carrier).max) < norm < np.inf:
        return None
    return norm, (f"the squares of a gradient of norm {format_number(norm)} overflow {carrier} when it is clipped by "
                  "norm, which makes all of it 0: smaller weights help, no threshold does")  # fmt: skip
