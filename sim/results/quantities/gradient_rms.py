"""Root mean square of the gradient at each layer's output, dL/dh."""

TITLE = "gradient rms"
LOG = True
ORDER = 10
COLUMN = 50
PHASE = "backward"
SQUARES = "mean"
SCALES_WITH_LOSS = True
RELATIVE = True
TABLES = ("profile", "weights")  # there of dL/dW
ALSO = ("gradient", "grad", "grad_rms")
READ = "Where it is level all layers learn alike; a straight slope on the log scale is the same factor at every layer."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
