"""Scaled skip: h_out = h_in + scale a, with scale 1/sqrt(depth) unless given."""

import math

ALSO = ("scaled_residual", "scaled_identity")
READ = "The branches together stay as large as one, at any depth."
SOURCE = "De & Smith 2020 (SkipInit), section 3; Zhang, Dauphin & Ma 2019 (Fixup)"
PARAMETERS = {"scale": (None, 0.0, 100.0)}
ACTIVE = True
LEARNABLE = False


def scale(depth: int, given: float | None) -> float:
    """The branch's scale, which keeps the second moment within e over all layers together."""
    return 1 / math.sqrt(depth) if given is None else given
