"""What attention with its norm and skip multiplies the gradient by: ||dL/dh_in|| / ||dL/dmiddle||."""

TITLE = "attention factor"
LOG = True
ORDER = 41
PHASE = "backward"
