"""What a convolutional block multiplies the gradient by, with norm, skip and pool: ||dL/dh_in|| / ||dL/dh_out||."""

TITLE = "block factor"
LOG = True
ORDER = 44
PHASE = "backward"
