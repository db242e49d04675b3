"""The gradients of a batch's samples differ so much in size that few samples decide an update.

Not counted: of the networks that benchmarks/outlook.py was tuned to, those that scatter train like the others.
"""

import numpy as np

from ...text import format_number
from ..outlook import PassFacts

ORDER = 20
COUNTED = False
LARGE = 0.35  # powers of ten, a factor of 5 between one standard deviation below and above the mean
READ = "The larger the scatter, the more an update is that of a few samples."
SOURCE = "Hanin 2018, Which neural net architectures give rise to exploding and vanishing gradients?"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The standard deviation over samples of log10(||dL_i/dh_1|| / ||dL_i/dh_L||), above LARGE; zeros are left out."""
    first, powers = facts.first_gradients, np.log10(facts.first_gradients / facts.last_gradients)
    finite = np.isfinite(powers)
    powers = powers[finite]
    if powers.size < 2:
        return None
    away = powers - powers.sum() / powers.size
    scatter = float(np.sqrt(np.dot(away, away) / away.size))
    if scatter <= LARGE:
        return None
    sizes = first[finite] / first[finite].max()
    few = float((sizes**2).sum() ** 2 / (sizes**4).sum())
    return scatter, (f"the gradient at layer 1 scatters by a factor of {format_number(10**scatter)} between samples: "
                     f"{format_number(few)} of {len(first)} samples decide an update")  # fmt: skip
