"""How large the gradient is at the states of what reads a sequence from its end: rms of dL/dh_t."""

TITLE = "gradient reverse"
LOG = True
ORDER = 22
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("reverse_gradient", "backward_gradient")
READ = "It goes on to later steps: what this direction reads first is the last step."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
