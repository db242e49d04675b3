"""The share of an LSTM's output gates whose slope is below 5% of a sigmoid's largest slope."""

TITLE = "output gate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A gate that is saturated hardly passes a gradient to its own weights, and hardly learns."
SOURCE = "Hochreiter & Schmidhuber 1997, Long short-term memory"
