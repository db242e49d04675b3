"""What each weight matrix multiplies the gradient by: ||dL/dh_in|| / ||dL/dz||."""

TITLE = "weight factor"
LOG = True
ORDER = 40
COLUMN = 100
PHASE = "backward"
ALSO = ("weight",)
