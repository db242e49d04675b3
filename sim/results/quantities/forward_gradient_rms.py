"""Root mean square of dL/dh_t in the direction that reads a sequence from its start."""

TITLE = "gradient forward"
LOG = True
ORDER = 21
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("forward_gradient",)
READ = "It goes from the last step back to the first, as in a layer that reads one way."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
