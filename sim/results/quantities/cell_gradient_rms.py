"""Root mean square of the gradient at an LSTM's cell state, dL/dc."""

TITLE = "cell gradient rms"
LOG = True
ORDER = 25
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
REMEMBERS = True
ALSO = ("cell_gradient",)
READ = "Along this path it is remembered: from step to step only the forget gate multiplies it."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
