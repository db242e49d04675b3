"""Share of outputs that are exactly zero, as those of ReLU units that are off."""

TITLE = "zero outputs"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 70
COLUMN = 120
PHASE = "forward"
ALSO = ("dead_fraction", "dead", "zeros")
READ = "For a ReLU about half is usual; at 100% the layer is dead, and no gradient passes it."
SOURCE = "Lu, Shin, Su & Karniadakis 2020, Dying ReLU and initialization"
