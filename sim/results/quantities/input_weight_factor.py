"""What a recurrent layer's input weights multiply the gradient by on its way to the layer below."""

TITLE = "input factor"
LOG = True
ORDER = 45
PHASE = "backward"
