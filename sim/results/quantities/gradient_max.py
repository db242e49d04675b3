"""The largest absolute gradient at each layer's output; the first to overflow."""

TITLE = "gradient max"
LOG = True
ORDER = 120
COLUMN = 70
PHASE = "backward"
SCALES_WITH_LOSS = True
ALSO = ("grad_max",)
