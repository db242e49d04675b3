"""The length of the gradient at each layer's output: ||dL/dh||."""

TITLE = "gradient norm"
LOG = True
ORDER = 110
COLUMN = 60
PHASE = "backward"
SCALES_WITH_LOSS = True
TABLES = ("profile", "weights")  # there of dL/dW
ALSO = ("grad_norm",)
