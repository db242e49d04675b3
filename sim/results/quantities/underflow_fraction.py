"""Share of the numbers of a layer's backward pass that underflowed to 0 in the number format."""

TITLE = "underflow"
UNIT = "percent"
LOG = False
RANGE = (0.0, 100.0)
TIMES = 100  # a fraction, drawn in percent
ORDER = 65
COLUMN = 140
PHASE = "backward"
TABLES = ("profile", "weights")  # there of dL/dW
ALSO = ("underflow",)
READ = "Loss scaling lifts the gradients back into the range of the format."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"
