"""Scaled skip: h_out = h_in + scale a, with scale 1/sqrt(number of branches) unless given."""

import math

ALSO = ("scaled_residual", "scaled_identity")
READ = "All branches together then add about as much as one, at any depth."
SOURCE = "De & Smith 2020, SkipInit; Zhang, Dauphin & Ma 2019, Fixup; Hanin & Rolnick 2018, How to start training"
PARAMETERS = {"scale": (None, 0.0, 100.0)}
ACTIVE = True
LEARNABLE = False


def scale(depth: int, chosen: float | None) -> float:
    """The branch's scale, which keeps the second moment within e over all layers together."""
    return 1 / math.sqrt(depth) if chosen is None else chosen
