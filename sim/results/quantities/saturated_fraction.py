"""Share of units whose slope is below 5% of the activation's largest; nan if it has no largest slope."""

TITLE = "saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
ORDER = 60
COLUMN = 110
PHASE = "forward"
ALSO = ("saturation", "saturated")
READ = "A saturated unit passes on next to nothing of the gradient."
SOURCE = "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, section 3"
