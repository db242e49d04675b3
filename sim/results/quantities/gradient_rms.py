"""How large the gradient is at each layer's output: the root mean square of dL/dh."""

TITLE = "gradient rms"
LOG = True
ORDER = 10
COLUMN = 50
PHASE = "backward"
SCALES_WITH_LOSS = True
RELATIVE = True
TABLES = ("profile", "weights")  # there of dL/dW
ALSO = ("gradient", "grad", "grad_rms")
