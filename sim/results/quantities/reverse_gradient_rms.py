"""Root mean square of dL/dh_t in the direction that reads a sequence from its end."""

TITLE = "gradient reverse"
LOG = True
ORDER = 22
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
ALSO = ("reverse_gradient", "backward_gradient")
READ = "It goes on to later steps, as this direction reads the last step first."
SOURCE = "Schuster & Paliwal 1997, Bidirectional recurrent neural networks"
