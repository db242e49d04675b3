"""Largest absolute gradient at each layer's output; the first to overflow."""

TITLE = "gradient max"
LOG = True
ORDER = 120
COLUMN = 70
PHASE = "backward"
SCALES_WITH_LOSS = True
ALSO = ("grad_max",)
READ = "Near the largest number of the format, overflow is a layer away."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.2"
