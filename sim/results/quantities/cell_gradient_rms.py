"""How large the gradient is at an LSTM's cell: the root mean square of dL/dc."""

TITLE = "cell gradient rms"
LOG = True
ORDER = 25
PHASE = "backward"
SCALES_WITH_LOSS = True
ALSO = ("cell_gradient",)
