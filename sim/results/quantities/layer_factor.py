"""What each layer of a chain multiplies the gradient by: ||dL/dh_(l-1)|| / ||dL/dh_l||."""

TITLE = "layer factor"
LOG = True
ORDER = 55
PHASE = "backward"
