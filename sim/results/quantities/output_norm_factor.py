"""What a norm on a recurrent layer's output multiplies the gradient by, on its way back into the layer."""

TITLE = "output norm factor"
LOG = True
ORDER = 46
PHASE = "backward"
