"""The signal fades or grows over the layers: its spread, or the part that depends on the input."""

import numpy as np

from ...text import format_number
from ..outlook import PassFacts

ORDER = 60
COUNTED = False
FAR = 100.0
READ = "Samples that fade can't be told apart at the loss, and a signal that grows ends in overflow."
SOURCE = "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep information propagation"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The spread at the last layer over that at the first, or the varying part of h_L over the input's, beyond FAR."""
    spread = facts.profile["activation_std"][:, -1]
    part = float(np.float64(facts.varying) / facts.batch.varying)
    factors = {"spread of the units": float(spread[-1] / spread[0]), "part that depends on the input": part}
    for word, factor in factors.items():
        if factor >= FAR or 0 < factor <= 1 / FAR:
            share = f"{format_number(factor)} {'times' if factor > 1 else 'of'} what it was"
            return (
                factor,
                f"the {word} {'grows' if factor > 1 else 'fades'} to {share} from the first layer to the last",
            )
    return None
