"""How many outputs and gradients of each layer are inf or NaN."""

TITLE = "inf and NaN"
UNIT = "count"
LOG = False
ORDER = 130
COLUMN = 130
PHASE = "backward"
ALSO = ("nan", "inf")
READ = "The first one matters; what follows is only carried on by inf - inf and 0 x inf."
SOURCE = "IEEE 754-2019, section 6"
