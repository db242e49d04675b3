"""The share of a GRU's reset gates whose slope is below 5% of a sigmoid's largest slope."""

TITLE = "reset gate saturated"
UNIT = "fraction"
LOG = False
RANGE = (0.0, 1.0)
PHASE = "forward"
READ = "A gate that is saturated hardly passes a gradient to its own weights, and hardly learns."
SOURCE = "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder"
