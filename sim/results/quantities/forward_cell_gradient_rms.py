"""Root mean square of dL/dc_t in the direction that reads a sequence from its start."""

TITLE = "cell gradient forward"
LOG = True
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("forward_cell_gradient",)
READ = "It goes from the last step back to the first, by the forget gates of what reads from the start."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
