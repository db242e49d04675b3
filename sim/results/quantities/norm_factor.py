"""What each normalisation multiplies the gradient by: ||dL/dz|| / ||dL/du||."""

TITLE = "norm factor"
LOG = True
ORDER = 50
COLUMN = 90
PHASE = "backward"
ALSO = ("norm",)
