"""The share of an LSTM's forget gates whose slope is below 5% of a sigmoid's largest slope."""

TITLE = "forget gate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A gate that is saturated hardly passes a gradient to its own weights, and hardly learns."
SOURCE = "Gers, Schmidhuber & Cummins 2000, Learning to forget"
