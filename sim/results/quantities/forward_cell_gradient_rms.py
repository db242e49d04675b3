"""How large the gradient is at the cells of what reads a sequence from its start: rms of dL/dc_t."""

TITLE = "cell gradient forward"
LOG = True
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("forward_cell_gradient",)
READ = "It goes from the last step back to the first, by the forget gates of what reads from the start."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
