"""Root mean square of dL/dc_t in the direction that reads a sequence from its end."""

TITLE = "cell gradient reverse"
LOG = True
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("reverse_cell_gradient",)
READ = "It goes from the first step on to the last, by the forget gates of what reads from the end."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
