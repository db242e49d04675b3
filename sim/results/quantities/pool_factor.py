"""What the pooling of a plain block multiplies the gradient by, 1 where there is none."""

TITLE = "pool factor"
LOG = True
ORDER = 28
PHASE = "backward"
