"""What the pooling of a plain block multiplies the gradient by: 1 of the largest, 1/2 of the mean of four."""

TITLE = "pool factor"
LOG = True
PHASE = "backward"
