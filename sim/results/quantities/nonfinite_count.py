"""How many outputs and gradients of each layer are inf or NaN."""

TITLE = "inf and NaN"
UNIT = "count"
LOG = False
ORDER = 130
COLUMN = 130
PHASE = "backward"
ALSO = ("nan", "inf")
