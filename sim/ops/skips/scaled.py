"""Scaled skip: h_out = h_in + scale a, with scale 1/sqrt(number of branches) unless given."""

import math

ALSO = ("scaled_residual", "scaled_identity")
READ = "All branches together then add about as much as one, at any depth."
SOURCE = "De & Smith 2020, SkipInit; Zhang, Dauphin & Ma 2019, Fixup; Hanin & Rolnick 2018, How to start training"
PARAMETERS = {"scale": (None, 0.0, 100.0)}
ACTIVE = True
LEARNABLE = False


def scale(branches: int, chosen: float | None) -> float:
    """The branch's scale; with 1/sqrt(branches) the second moment grows by a factor of at most e over all of them."""
    return 1 / math.sqrt(branches) if chosen is None else chosen
