"""What a norm on a recurrent layer's output multiplies the gradient by, in the backward pass."""

TITLE = "output norm factor"
LOG = True
ORDER = 46
PHASE = "backward"
