"""The share of outputs that are exactly zero, as of dead ReLU units."""

TITLE = "zero outputs"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 70
COLUMN = 120
PHASE = "forward"
ALSO = ("dead_fraction", "dead", "zeros")
READ = "Of a ReLU about half are usual; 100% in a layer is dead, for nothing passes it."
SOURCE = "Lu, Shin, Su & Karniadakis 2020, Dying ReLU and initialization"
