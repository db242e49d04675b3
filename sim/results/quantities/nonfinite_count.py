"""Number of outputs and gradients of each layer that are inf or NaN."""

TITLE = "inf and NaN"
UNIT = "count"
LOG = False
ORDER = 130
COLUMN = 130
PHASE = "backward"
ALSO = ("nan", "inf")
READ = "Look for the first one; the others follow from it, by inf - inf or 0 x inf."
SOURCE = "IEEE 754-2019, section 6"
